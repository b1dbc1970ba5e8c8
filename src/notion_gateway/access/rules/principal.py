"""Who is calling, and what limits what they carry."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from notion_gateway.access.rules.space_events import Role
from notion_gateway.access.rules.tool_limits import ToolLimits
from notion_gateway.kernel.errors import PrincipalMismatch, TokenNotAllowed


class Means(StrEnum):
    """How a caller showed who they are."""

    APPLICATION = "application"
    OIDC = "oidc"
    GATEWAY_TOKEN = "gateway_token"  # noqa: S105 - a kind, not a secret
    SIGN_IN = "sign_in"
    TRUSTED_HEADERS = "trusted_headers"


@dataclass(frozen=True, slots=True)
class Once:
    """Names one signed principal, so that it changes something once at most."""

    key: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Principal:
    """``space_id`` is None where the caller may mean any of their spaces.

    ``asserted``: memberships that an application vouches for, by space. ``limits``: what a
    gateway token allows of the tools; None allows all. ``may_manage``: whether it may change
    anything at all, which its person must be allowed to besides. ``token_id`` names a gateway
    token in its records, ``token_belongs_to`` what ends it: see ``GatewayToken``. ``client_id``: of
    the OAuth client that has the token, the same after each login.
    ``for_mcp_only``: it counts at the MCP endpoints and nowhere else. ``is_machine``: it is nobody,
    but a program that an owner let into ``space_id``; ``user_id`` names it.

    ``is_service``: a token that acts for nobody in particular; ``user_id`` has made it.

    ``issuer``: of the token that the caller carries, where it is an OpenID issuer's, or where the
    person signed in at the application: once it is revoked, this principal counts no longer.

    ``calls_end_at``: when the calls and streams of this caller end at the latest, which is when
    their token expires; None where there is no token.
    """

    user_id: str
    means: Means
    space_id: str | None = None
    asserted: Mapping[str, Role] = field(default_factory=dict[str, Role])
    limits: ToolLimits | None = None
    may_manage: bool = True
    once: Once | None = None
    token_id: str | None = None
    token_belongs_to: str | None = None
    client_id: str | None = None
    is_service: bool = False
    for_mcp_only: bool = False
    is_machine: bool = False
    issuer: str | None = None
    calls_end_at: datetime | None = None

    @property
    def revocable_id(self) -> str | None:
        """Names what somebody can end before its time: a client's grant with all its tokens, or
        a token that a person made. A client's refresh deletes the records of its older tokens,
        so those cannot be asked for.
        """
        return self.token_belongs_to or self.token_id

    @property
    def is_believed(self) -> bool:
        """Nobody asks for a proof, as on a machine of one's own: they may do whatever an owner
        may, in every space.
        """
        return self.means is Means.TRUSTED_HEADERS

    def require_agreement(self, *, space_id: str | None = None, user_id: str | None = None) -> None:
        """What a header, a body or a path says beside the principal must agree with it.

        Raises PrincipalMismatch.
        """
        if user_id is not None and user_id != self.user_id:
            raise PrincipalMismatch
        if space_id is not None and self.space_id is not None and space_id != self.space_id:
            raise PrincipalMismatch

    def require_in_person(self) -> None:
        """For what somebody decides themselves, and no script or MCP client for them.

        Raises TokenNotAllowed.
        """
        if self.means is Means.GATEWAY_TOKEN:
            raise TokenNotAllowed("That is for its person alone, not for a gateway token: sign in.")

    def require_any_space(self) -> None:
        """Raises PrincipalMismatch where this principal was made for one space only."""
        if self.space_id is not None:
            raise PrincipalMismatch("This principal is for one space, and cannot make another.")
