"""Who is calling: a bearer token that proves it, or on this machine, headers that are believed."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from starlette.types import Scope

from notion_gateway.access.authentication_cache import Recognised
from notion_gateway.access.opening import Access
from notion_gateway.access.rules.principal import Means, Principal
from notion_gateway.http.caller_address import caller_address
from notion_gateway.kernel.errors import PrincipalMismatch, TokenNotAllowed, Unauthenticated
from notion_gateway.kernel.identifiers import is_identifier, is_user_id

Headers = Iterable[tuple[bytes, bytes]]

_WHO = (
    "Who is calling? Send Authorization: Bearer with a gateway token, a signed principal or a"
    " token of the configured issuer."
)
_BEARER = b"bearer "
_FOR_GOOD = datetime.max.replace(tzinfo=UTC)


async def principal_of(access: Access, scope: Scope) -> Principal:
    """Anybody but an MCP client with the token it logged in for. That is for one resource, a
    space's MCP endpoint, and counts nowhere else (RFC 8707, RFC 9068 section 4).

    Raises TokenNotAllowed for it, and what ``principal_at_mcp`` raises.
    """
    principal = await principal_at_mcp(access, scope)
    if principal.for_mcp_only:
        raise TokenNotAllowed(
            "A token of an MCP client or a machine counts at the space's MCP address only."
            " Use a gateway token that a person made."
        )
    return principal


async def principal_at_mcp(access: Access, scope: Scope) -> Principal:
    """At the MCP endpoints, where MCP clients' tokens count as well.

    Raises Unauthenticated, PrincipalMismatch, TooManyRequests, IdentityUnavailable or
    StoreUnavailable.

    ``X-User-ID`` and ``X-Space-ID`` may stand beside a bearer token. They must agree with it;
    a space that it leaves open may be named by the header, and membership decides.
    """
    known = known_principal(access, scope["headers"])
    if known is not None:
        return known.principal
    bearer, user_id, space_id = _given(scope["headers"])
    assert bearer is not None  # noqa: S101 - whoever comes without one is known, or refused
    address = caller_address(scope, access.trusted_proxies)
    return _agreed(await access.authentication.principal(bearer, address), user_id, space_id)


class KnownPrincipal(NamedTuple):
    """What the headers say together with what is remembered of the bearer (``by``), which may
    leave the space open.
    """

    principal: Principal
    by: Recognised


def known_principal(access: Access, headers: Headers) -> KnownPrincipal | None:
    """As ``principal_at_mcp``, where nobody has to be asked; else None. It holds for as long as
    ``by`` does.

    Raises Unauthenticated or PrincipalMismatch.
    """
    bearer, user_id, space_id = _given(headers)
    if bearer is not None:
        known = access.authentication.cached(bearer)
        if known is None:
            return None
        return KnownPrincipal(_agreed(known.principal, user_id, space_id), known)
    if not access.trust_headers:
        raise Unauthenticated(_WHO)
    if user_id is None:
        raise Unauthenticated("Who is calling? Send X-User-ID.")
    principal = Principal(user_id, Means.TRUSTED_HEADERS, space_id)
    return KnownPrincipal(principal, Recognised(principal, _FOR_GOOD))


def _agreed(principal: Principal, user_id: str | None, space_id: str | None) -> Principal:
    principal.require_agreement(space_id=space_id, user_id=user_id)
    if space_id is not None and principal.space_id is None:
        return replace(principal, space_id=space_id)
    return principal


async def known_user(access: Access, scope: Scope) -> str | None:
    """The caller's user id where there is one; for a route that anybody may open."""
    if not any(name in (b"authorization", b"x-user-id") for name, _ in scope["headers"]):
        return None
    try:
        return (await principal_of(access, scope)).user_id
    except (Unauthenticated, PrincipalMismatch, TokenNotAllowed):
        return ""  # somebody, but nobody who could have started anything


def _given(headers: Headers) -> tuple[str | None, str | None, str | None]:
    """Bearer token, user and space, each None where it is not sent."""
    bearer = user_id = space_id = None
    for name, value in headers:
        match name:
            case b"authorization":
                bearer = _once(bearer, _bearer(value), "Authorization")
            case b"x-user-id":
                user_id = _once(user_id, _user(value), "X-User-ID")
            case b"x-space-id":
                space_id = _once(space_id, _identifier(value), "X-Space-ID")
            case _:
                pass
    return bearer, user_id, space_id


def _once(known: str | None, value: str | None, name: str) -> str:
    if known is not None or value is None:
        raise Unauthenticated(f"{name} is doubled or malformed.")
    return value


def _bearer(value: bytes) -> str | None:
    """RFC 6750 section 2.1; anything but a bearer token is malformed here."""
    if value[: len(_BEARER)].lower() != _BEARER:
        return None
    token = value[len(_BEARER) :].strip()
    return token.decode() if token and token.isascii() else None


def _user(value: bytes) -> str | None:
    try:
        text = value.decode().strip()
    except UnicodeDecodeError:
        return None
    return text if is_user_id(text) else None


def _identifier(value: bytes) -> str | None:
    text = value.decode("latin-1").strip()
    return text if is_identifier(text) else None
