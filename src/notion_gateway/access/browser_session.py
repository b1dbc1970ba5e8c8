"""Who is signed in, in this browser: a sealed cookie and no table."""

from dataclasses import dataclass
from typing import TypeVar, final

from fastapi import Request, Response
from pydantic import BaseModel, ValidationError

from notion_gateway.access.revoked_issuers import RevokedIssuers
from notion_gateway.access.rules.sign_in import (
    SESSION_LIFETIME,
    SIGN_IN_LIFETIME,
    PendingSignIn,
    Session,
)
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.randomness import random_token
from notion_gateway.kernel.secret import Secret
from notion_gateway.vault.sealed_text import SealedText

_PURPOSE, _PENDING = "session", "pending sign-in"

T = TypeVar("T", bound=BaseModel)


@final
@dataclass(frozen=True)
class BrowserSessions:
    """``is_https``: whether browsers reach the gateway that way. Sessions of ``revoked`` issuers
    have ended.
    """

    sealed: SealedText
    clock: Clock
    revoked: RevokedIssuers
    is_https: bool

    def current(self, request: Request) -> Session | None:
        """None for nobody, for a cookie that was altered or is too old, and for whom a revoked
        issuer has signed in.
        """
        session = self._opened(request, "session", _PURPOSE, Session)
        if session is None or self.clock.now() >= session.expires_at:
            return None
        return None if session.issuer in self.revoked.listed else session

    def begin(self, response: Response, user_id: str, issuer: str | None = None) -> None:
        """A new one in any case: nobody can give somebody a session of their choice."""
        session = Session(
            user_id=user_id,
            key=random_token(),
            expires_at=self.clock.now() + SESSION_LIFETIME,
            issuer=issuer,
        )
        sealed = self.sealed.seal(_PURPOSE, session.model_dump_json())
        self._set(response, "session", sealed, int(SESSION_LIFETIME.total_seconds()))

    def end(self, response: Response) -> None:
        self._delete(response, "session")

    # --- while somebody signs in ----------------------------------------------------------

    def remember_browser(self, response: Response, browser: Secret) -> None:
        """So that nobody is signed in by another's link."""
        seconds = int(SIGN_IN_LIFETIME.total_seconds())
        self._set(response, "sign_in", browser.reveal(), seconds)

    def remembered_browser(self, request: Request) -> Secret | None:
        cookie = request.cookies.get(self._name("sign_in"))
        return Secret(cookie) if cookie else None

    def remember_pending(self, response: Response, pending: PendingSignIn) -> None:
        """In the same cookie, sealed: it is needed where people sign in at an issuer instead."""
        seconds = int(SIGN_IN_LIFETIME.total_seconds())
        sealed = self.sealed.seal(_PENDING, pending.model_dump_json())
        self._set(response, "sign_in", sealed, seconds)

    def pending(self, request: Request) -> PendingSignIn | None:
        """None where this browser began nothing, or too long ago."""
        found = self._opened(request, "sign_in", _PENDING, PendingSignIn)
        return found if found is not None and self.clock.now() < found.expires_at else None

    def forget_browser(self, response: Response) -> None:
        self._delete(response, "sign_in")

    def _opened(self, request: Request, what: str, purpose: str, kind: type[T]) -> T | None:
        cookie = request.cookies.get(self._name(what))
        opened = self.sealed.open(purpose, cookie) if cookie else None
        if opened is None:
            return None
        try:
            return kind.model_validate_json(opened)
        except ValidationError:
            return None

    # --- cookies --------------------------------------------------------------------------

    def _name(self, what: str) -> str:
        """``__Host-`` keeps subdomains and plain http from setting it; browsers want https for
        it.
        """
        return f"{'__Host-' if self.is_https else ''}notion_gateway_{what}"

    def _set(self, response: Response, what: str, value: str, seconds: int) -> None:
        # Lax, not Strict: Notion, the issuer and MCP clients all lead back here by links.
        response.set_cookie(
            self._name(what),
            value,
            max_age=seconds,
            path="/",
            secure=self.is_https,
            httponly=True,
            samesite="lax",
        )

    def _delete(self, response: Response, what: str) -> None:
        response.delete_cookie(
            self._name(what), path="/", secure=self.is_https, httponly=True, samesite="lax"
        )
