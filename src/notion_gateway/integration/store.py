"""How a decision becomes history: load, decide, append; and again when somebody was faster."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from typing import Literal, final

from notion_gateway.integration.rules.commands import Command
from notion_gateway.integration.rules.events import Grant, TokenPair
from notion_gateway.integration.rules.integration import Integration, fold
from notion_gateway.kernel.errors import SecretUnreadable, VersionConflict
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.requests import Issued, OAuthClient
from notion_gateway.ports import Clock, EventStore, Random, SealedSecret, SecretContext, TokenVault

SecretField = Literal["access_token", "refresh_token", "client_secret"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """``before`` and ``after`` one command; equal versions mean that it had no effect."""

    before: Integration
    after: Integration

    @property
    def happened(self) -> bool:
        return self.after.version > self.before.version


@final
class IntegrationKeeper:
    """Integrations together with their secrets: what falls out of use is destroyed with the
    event that ended it, in the same transaction.
    """

    def __init__(
        self,
        store: EventStore,
        vault: TokenVault,
        clock: Clock,
        random: Random,
        configured_client: OAuthClient | None = None,
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._random = random
        self._configured = configured_client

    def now(self) -> datetime:
        """By the clock that dates events and pairs, the same for every replica."""
        return self._clock.now()

    async def load(self, space_id: str) -> Integration:
        return fold(space_id, (recorded.event for recorded in await self._store.load(space_id)))

    async def carry_out(
        self,
        space_id: str,
        command: Command,
        seal: Sequence[SealedSecret] = (),
        seen: Integration | None = None,
    ) -> Outcome:
        """Decides on the newest state; a conflict is loaded and decided again, not overwritten.

        ``seal`` is stored only where the command takes effect. A caller that must act on a
        state it has ``seen`` gets VersionConflict when the stream has moved on.
        """
        while True:
            before = await self.load(space_id)
            if seen is not None and before.version != seen.version:
                raise VersionConflict
            events = before.decide(command, self._clock.now())
            if not events:
                return Outcome(before, before)
            after = reduce(Integration.apply, events, before)
            kept = before.secret_ids() | {one.context.secret_id for one in seal}
            if not after.secret_ids() <= kept:
                # A pair without a refresh token of its own, late: the one it keeps is destroyed.
                return Outcome(before, before)
            try:
                await self._store.append(
                    space_id,
                    before.version,
                    events,
                    seal=seal,
                    destroy=before.secret_ids() - after.secret_ids(),
                )
            except VersionConflict:
                continue
            return Outcome(before, after)

    def seal(
        self, space_id: str, process_id: str, field: SecretField, secret: Secret
    ) -> SealedSecret:
        """Sealed for a grant, under a new id."""
        secret_id = self._random.identifier()
        return self._vault.seal(secret, SecretContext(secret_id, space_id, process_id, field))

    def seal_pair(
        self,
        space_id: str,
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
        access = self.seal(space_id, process_id, "access_token", issued.access_token)
        sealed = [access]
        if issued.refresh_token is not None:
            refresh = self.seal(space_id, process_id, "refresh_token", issued.refresh_token)
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

    async def access_token(self, state: Integration) -> Secret:
        grant, tokens = state.usable()
        return await self._open(state, grant, tokens.access_token_id, "access_token")

    async def refresh_token(self, state: Integration) -> Secret:
        grant, tokens = state.usable()
        return await self._open(state, grant, tokens.refresh_token_id, "refresh_token")

    async def client(self, state: Integration) -> OAuthClient:
        """The grant's client, its secret opened.

        For the configured client the configuration speaks: its secret may have been changed
        since the grant was sealed.
        """
        grant, _ = state.usable()
        client = grant.client
        if self._configured is not None and self._configured.client_id == client.client_id:
            return self._configured
        secret = None
        if client.secret_id is not None:
            secret = await self._open(state, grant, client.secret_id, "client_secret")
        return OAuthClient(client.client_id, client.auth_method, secret)

    async def _open(
        self, state: Integration, grant: Grant, secret_id: str, field: SecretField
    ) -> Secret:
        sealed = await self._store.sealed(secret_id, state.space_id)
        if sealed is None:
            if (await self.load(state.space_id)).version != state.version:
                raise VersionConflict  # destroyed between the two reads: look again
            raise SecretUnreadable(f"Secret {secret_id} is missing from the vault.")
        expected = SecretContext(secret_id, state.space_id, grant.process_id, field)
        if sealed.context != expected:
            raise SecretUnreadable(f"Secret {secret_id} lies in another grant's place.")
        return self._vault.open(sealed)
