"""Who is signed in, in this browser: a sealed cookie and no table."""

from fastapi import Request, Response
from pydantic import ValidationError

from notion_gateway.access.rules.sign_in import SESSION_LIFETIME, SIGN_IN_LIFETIME, Session
from notion_gateway.kernel.secret import Secret
from notion_gateway.wiring import Gateway

_PURPOSE = "session"


def session_of(gateway: Gateway, request: Request) -> Session | None:
    """None for nobody, and for a cookie that was altered, or is too old."""
    cookie = request.cookies.get(_name(gateway, "session"))
    opened = gateway.clients.sealed.open(_PURPOSE, cookie) if cookie else None
    if opened is None:
        return None
    try:
        session = Session.model_validate_json(opened)
    except ValidationError:
        return None
    return session if gateway.clients.clock.now() < session.expires_at else None


def begin_session(gateway: Gateway, response: Response, user_id: str) -> None:
    """A new one in any case: nobody can give somebody a session of their choice."""
    clients = gateway.clients
    session = Session(
        user_id=user_id,
        key=clients.random.token(),
        expires_at=clients.clock.now() + SESSION_LIFETIME,
    )
    sealed = clients.sealed.seal(_PURPOSE, session.model_dump_json())
    _set(gateway, response, "session", sealed, int(SESSION_LIFETIME.total_seconds()))


def end_session(gateway: Gateway, response: Response) -> None:
    _delete(gateway, response, "session")


def remember_browser(gateway: Gateway, response: Response, browser: Secret) -> None:
    """While it signs in, so that nobody is signed in by another's link."""
    seconds = int(SIGN_IN_LIFETIME.total_seconds())
    _set(gateway, response, "sign_in", browser.reveal(), seconds)


def remembered_browser(gateway: Gateway, request: Request) -> Secret | None:
    cookie = request.cookies.get(_name(gateway, "sign_in"))
    return Secret(cookie) if cookie else None


def forget_browser(gateway: Gateway, response: Response) -> None:
    _delete(gateway, response, "sign_in")


def _name(gateway: Gateway, what: str) -> str:
    """``__Host-`` keeps subdomains and plain http from setting it; browsers want https for it."""
    prefix = "__Host-" if _is_https(gateway) else ""
    return f"{prefix}notion_gateway_{what}"


def _is_https(gateway: Gateway) -> bool:
    return gateway.settings.public_url.startswith("https:")


def _set(gateway: Gateway, response: Response, what: str, value: str, seconds: int) -> None:
    # Lax, not Strict: Notion, the issuer and MCP clients all lead back here by links.
    response.set_cookie(
        _name(gateway, what),
        value,
        max_age=seconds,
        path="/",
        secure=_is_https(gateway),
        httponly=True,
        samesite="lax",
    )


def _delete(gateway: Gateway, response: Response, what: str) -> None:
    response.delete_cookie(
        _name(gateway, what),
        path="/",
        secure=_is_https(gateway),
        httponly=True,
        samesite="lax",
    )
