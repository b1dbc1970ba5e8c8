"""Issuers of identities, for the operator: which there are, and ending what came of one's word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from notion_gateway.access.issuer_store import IssuersPerson, IssuerStore, RevokedIssuer
from notion_gateway.authorization_server.device_store import DeviceLoginStore
from notion_gateway.authorization_server.grant_store import ClientGrantStore
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import InvalidRequest
from notion_gateway.settings import Settings

SIGN_IN = "sign-in"
"""The name of the issuer that people sign in at, where it has no other."""


@final
@dataclass(frozen=True)
class OperatorsIssuers:
    """``named``: those of the settings, by their address, with the names they have there."""

    named: Mapping[str, str]
    store: IssuerStore
    grants: ClientGrantStore
    device_logins: DeviceLoginStore
    clock: Clock

    async def revoked(self) -> Sequence[RevokedIssuer]:
        return await self.store.revocations()

    async def people(self, issuer: str) -> Sequence[IssuersPerson]:
        return await self.store.people(self._known(issuer))

    async def forget(self, issuer: str, subject: str) -> None:
        """Raises InvalidRequest where nobody is linked."""
        if not await self.store.forget(self._known(issuer), subject):
            raise InvalidRequest(f"Nobody is linked to {subject} of {issuer}.")

    async def revoke(self, issuer: str, by: str) -> int:
        """Its word counts no longer, and what came of it ends on every gateway within two seconds.
        How many programs' logins that were. Repeating it is harmless.
        """
        address, now = self._known(issuer), self.clock.now()
        await self.store.revoke(address, by, now)
        # Before the grants: what is fetched meanwhile is a grant by then.
        await self.device_logins.end_of_issuer(address)
        return await self.grants.end_of_issuer(address, f"issuer revoked by {by}", now)

    async def restore(self, issuer: str) -> None:
        """Raises InvalidRequest where it is not revoked."""
        revoked = {one.issuer for one in await self.revoked()}
        address = issuer if issuer in revoked else self._known(issuer)
        if not await self.store.restore(address, self.clock.now()):
            raise InvalidRequest(f"{issuer} is not revoked.")

    def _known(self, issuer: str) -> str:
        """By its address, or by its name in the settings. Raises InvalidRequest."""
        for address, name in self.named.items():
            if issuer in (address, name):
                return address
        raise InvalidRequest(
            f"The settings name no issuer {issuer}. `notion-gateway issuers list` shows those there"
            " are."
        )


def named_issuers(settings: Settings) -> Mapping[str, str]:
    found = {one.issuer: one.name for one in settings.identity_issuers()}
    if settings.gateway_oidc_issuer is not None:
        found.setdefault(settings.gateway_oidc_issuer, SIGN_IN)
    return found
