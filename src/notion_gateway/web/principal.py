"""Who is calling. Until identity comes: headers on loopback, or nobody."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, final

from notion_gateway.domain.errors import PrincipalMismatch, Unauthenticated
from notion_gateway.domain.spaces import is_identifier

Headers = Iterable[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Principal:
    """``space_id`` is None where the caller has not said which of its spaces it means."""

    user_id: str
    space_id: str | None = None

    def claims(self, *, space_id: str | None = None, user_id: str | None = None) -> None:
        """What a body or a path says beside the principal must agree with it.

        Raises PrincipalMismatch.
        """
        if user_id is not None and user_id != self.user_id:
            raise PrincipalMismatch
        if space_id is not None and self.space_id is not None and space_id != self.space_id:
            raise PrincipalMismatch


class Authenticator(Protocol):
    def principal(self, headers: Headers) -> Principal:
        """Raises Unauthenticated."""
        ...

    def known_user(self, headers: Headers) -> str | None:
        """The caller's user id where there is one; for routes that anybody may open."""
        ...


@final
class TrustedHeaders:
    """Believes ``X-User-ID`` and ``X-Space-ID``, as the seed does. Loopback only."""

    def principal(self, headers: Headers) -> Principal:
        user_id, space_id = _single(headers, b"x-user-id"), _single(headers, b"x-space-id")
        if user_id is None:
            raise Unauthenticated("Who is calling? Send X-User-ID.")
        return Principal(user_id, space_id)

    def known_user(self, headers: Headers) -> str | None:
        try:
            return _single(headers, b"x-user-id")
        except Unauthenticated:
            return ""  # somebody, but nobody who could have started anything


@final
class Nobody:
    """Without a way to know who calls, every call is refused."""

    def principal(self, headers: Headers) -> Principal:
        del headers
        raise Unauthenticated(
            "This gateway does not know who is calling. For development on this machine, start"
            " it with GATEWAY_TRUST_HEADERS=1."
        )

    def known_user(self, headers: Headers) -> str | None:
        del headers
        return None


def _single(headers: Headers, name: bytes) -> str | None:
    """A header's only value. Raises Unauthenticated when it is doubled or malformed."""
    values = [value for header, value in headers if header == name]
    if not values:
        return None
    text = values[0].decode("latin-1").strip()
    if len(values) > 1 or not is_identifier(text):
        raise Unauthenticated(f"{name.decode().title()} is doubled or malformed.")
    return text
