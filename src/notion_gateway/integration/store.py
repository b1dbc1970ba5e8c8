"""A grant as it is stored: loads, decides, appends with the expected version;
seals and opens the secrets that belong to it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, Literal, final

import stamina

from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.rules.commands import Command
from notion_gateway.integration.rules.events import Event, Grant, TokenPair
from notion_gateway.integration.rules.integration import Integration
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import SecretUnreadable, StoreUnavailable, VersionConflict
from notion_gateway.kernel.randomness import random_identifier
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.answers import Issued
from notion_gateway.oauth.requests import OAuthClient
from notion_gateway.storage.deciding import Outcome, decide_and_append
from notion_gateway.storage.steps import Step
from notion_gateway.vault.sealed import SealedSecret, SecretContext
from notion_gateway.vault.vault import Vault

SecretField = Literal["access_token", "refresh_token", "client_secret"]

Sealed = Mapping[str, SealedSecret]
"""A grant's secrets by id, as they were read together with a state."""

NONE_READ: Final[Sealed] = MappingProxyType({})


@final
class IntegrationStore:
    """What falls out of use is destroyed with the event that ended it, in the same transaction.

    ``clock`` dates events and pairs, the same for every replica.
    """

    def __init__(
        self,
        events: IntegrationEvents,
        vault: Vault,
        clock: Clock,
        configured_client: OAuthClient | None = None,
    ) -> None:
        self.events = events
        self.clock = clock
        self._vault = vault
        self._configured = configured_client

    def now(self) -> datetime:
        return self.clock.now()

    async def load(self, grant_id: str) -> Integration:
        """Raises HistoryUnreadable and StoreUnavailable."""
        return await self.events.state(grant_id)

    async def load_when_it_answers(self, grant_id: str) -> Integration:
        """As ``load``, again and again while the database is away. Raises HistoryUnreadable."""
        async for attempt in stamina.retry_context(
            on=StoreUnavailable, attempts=None, timeout=None, wait_initial=0.1, wait_max=2.0
        ):
            with attempt:
                return await self.load(grant_id)
        raise AssertionError  # it is tried without an end

    async def load_with_secrets(self, grant_id: str) -> tuple[Integration, Sealed]:
        """As ``load``, for who will open some of them; still one statement."""
        return await self.events.state_and_secrets(grant_id)

    async def carry_out(
        self,
        grant_id: str,
        command: Command,
        seal: Sequence[SealedSecret] = (),
        *,
        also: Sequence[Step] = (),
        known: Integration | None = None,
        seen: Integration | None = None,
    ) -> Outcome[Integration]:
        """As ``decide_and_append``; ``seal`` is stored, and ``also`` done, only where the command
        takes effect.
        """

        async def load() -> Integration:
            return await self.load(grant_id)

        async def append(before: Integration, events: Sequence[Event], after: Integration) -> bool:
            kept = before.secret_ids() | {one.context.secret_id for one in seal}
            if not after.secret_ids() <= kept:
                # A pair without a refresh token of its own, late: the one it keeps is destroyed.
                return False
            await self.events.append(
                grant_id,
                before.version,
                events,
                seal=seal,
                destroy=before.secret_ids() - after.secret_ids(),
                state=after,
                also=also,
            )
            return True

        return await decide_and_append(
            command, load=load, append=append, now=self.clock.now, known=known, seen=seen
        )

    def seal(
        self, grant_id: str, process_id: str, field: SecretField, secret: Secret
    ) -> SealedSecret:
        """Sealed for a grant, under a new id."""
        secret_id = random_identifier()
        return self._vault.seal(secret, SecretContext(secret_id, grant_id, process_id, field))

    def seal_pair(
        self,
        grant_id: str,
        process_id: str,
        issued: Issued,
        *,
        issued_at: datetime | None = None,
        kept: TokenPair | None = None,
    ) -> tuple[TokenPair, list[SealedSecret]]:
        """An answer of the token endpoint as events name it, and its secrets for the vault.

        ``issued_at`` is when it was asked for, now unless something else is said: an answer may
        be read long after it was given.

        Where the answer brought no refresh token, the one of ``kept`` stays (RFC 6749
        section 6). Raises ValueError where there is none to keep either.
        """
        issued_at = issued_at or self.now()
        access = self.seal(grant_id, process_id, "access_token", issued.access_token)
        sealed = [access]
        if issued.refresh_token is not None:
            refresh = self.seal(grant_id, process_id, "refresh_token", issued.refresh_token)
            sealed.append(refresh)
            refresh_id, sha256 = refresh.context.secret_id, issued.refresh_token.fingerprint()
        elif kept is not None:
            refresh_id, sha256 = kept.refresh_token_id, kept.refresh_token_sha256
        else:
            raise ValueError("neither a new refresh token nor one to keep")
        pair = TokenPair(
            access_token_id=access.context.secret_id,
            refresh_token_id=refresh_id,
            refresh_token_sha256=sha256,
            issued_at=issued_at,
            expires_at=issued_at + timedelta(seconds=issued.lifetime_seconds),
        )
        return pair, sealed

    async def access_token(self, state: Integration, sealed: Sealed = NONE_READ) -> Secret:
        """Raises as ``opened``."""
        return (await self.opened(state, "access_token", sealed=sealed))["access_token"]

    async def client_and(
        self, state: Integration, *fields: SecretField, sealed: Sealed = NONE_READ
    ) -> tuple[OAuthClient, Mapping[SecretField, Secret]]:
        """The grant's client, its secret opened, and others of the grant's secrets.

        For the configured client the configuration speaks: its secret may have been changed
        since the grant was sealed. Raises as ``opened``.
        """
        grant, _ = state.usable()
        client = grant.client
        if self._configured is not None and self._configured.client_id == client.client_id:
            return self._configured, await self.opened(state, *fields, sealed=sealed)
        has_own = client.secret_id is not None
        own: tuple[SecretField, ...] = ("client_secret",) if has_own else ()
        opened = await self.opened(state, *fields, *own, sealed=sealed)
        secret = opened.get("client_secret")
        return OAuthClient(client.client_id, client.auth_method, secret), opened

    async def opened(
        self, state: Integration, *fields: SecretField, sealed: Sealed = NONE_READ
    ) -> Mapping[SecretField, Secret]:
        """Secrets of the grant in use, by field; read in one go, unless ``sealed`` has them.

        Raises SecretUnreadable, VersionConflict where ``state`` is out of date, StoreUnavailable,
        and NotConnected or ReconnectRequired where there is no grant.
        """
        grant, tokens = state.usable()
        every: dict[SecretField, str | None] = {
            "access_token": tokens.access_token_id,
            "refresh_token": tokens.refresh_token_id,
            "client_secret": grant.client.secret_id,
        }
        ids: dict[SecretField, str] = {field: str(every[field]) for field in fields}
        found, wanted = sealed, set(ids.values())
        if not wanted <= found.keys():
            found = await self.events.secrets.get_all(wanted, state.grant_id)
        if not wanted <= found.keys():
            if (await self.load(state.grant_id)).version != state.version:
                raise VersionConflict  # destroyed between the two reads: look again
            missing = next(one for one in ids.values() if one not in found)
            raise SecretUnreadable(f"Secret {missing} is missing from the vault.")
        return {
            field: self._open(found[secret_id], state.grant_id, grant, field)
            for field, secret_id in ids.items()
        }

    def _open(
        self, sealed: SealedSecret, grant_id: str, grant: Grant, field: SecretField
    ) -> Secret:
        secret_id = sealed.context.secret_id
        if sealed.context != SecretContext(secret_id, grant_id, grant.process_id, field):
            raise SecretUnreadable(f"Secret {secret_id} lies in another grant's place.")
        return self._vault.open(sealed)
