"""Redeeming a grant's refresh token: the one thing that must never go wrong.

Notion rotates refresh tokens, and a replayed old one can revoke the whole grant. So the
intent is recorded before the token leaves, a redeemed pair is never dropped, nobody sends a
token again that may still be on its way, and only a clear refusal of the newest token ends a
grant.
"""

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import final

import stamina
import structlog

from notion_gateway.integration.errors import NotConnected, ReconnectRequired, RefreshUnavailable
from notion_gateway.integration.lease import Lease
from notion_gateway.integration.leases import Leases
from notion_gateway.integration.restored_grants import RestoredGrants
from notion_gateway.integration.revocation import HeldGrant, Revoker
from notion_gateway.integration.rules.commands import (
    Command,
    CompleteRefresh,
    RefuseRefresh,
    StartRefresh,
)
from notion_gateway.integration.rules.events import Grant, TokenPair
from notion_gateway.integration.rules.grant_ids import in_log
from notion_gateway.integration.rules.integration import Integration, may_revoke
from notion_gateway.integration.store import NONE_READ, IntegrationStore, Sealed
from notion_gateway.kernel.clock import steady_seconds
from notion_gateway.kernel.errors import (
    UpstreamTimeout,
    UpstreamUnreachable,
    UpstreamUnsuitable,
    VersionConflict,
)
from notion_gateway.kernel.outbound.messages import AnswerLost, UnrepeatableTransport
from notion_gateway.kernel.secret import Secret
from notion_gateway.kernel.tally import Tally
from notion_gateway.oauth.answers import Issued, Refused, Unclear, judge_tokens
from notion_gateway.oauth.discovery import Discovery
from notion_gateway.oauth.metadata import ServerMetadata
from notion_gateway.oauth.requests import OAuthClient, harmless_request, refresh_request
from notion_gateway.storage.deciding import Outcome
from notion_gateway.storage.places import coming_first
from notion_gateway.vault.sealed import SealedSecret

log = structlog.stdlib.get_logger()

StalePair = Callable[[TokenPair], bool]
"""Whether a pair is one that must be replaced; anything else found is adopted."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A state whose pair is not stale; ``access_token`` of that pair, where it has just come.
    ``sealed``: secrets that were read with the state.
    """

    state: Integration
    access_token: Secret | None = None
    sealed: Sealed = field(default_factory=lambda: NONE_READ, repr=False)


@dataclass(frozen=True, slots=True)
class _Redemption:
    """Everything needed to redeem one token, gathered before the token leaves.

    ``state``: the newest, as long as nobody appends to it.
    """

    state: Integration
    grant_id: str
    grant: Grant
    tokens: TokenPair
    client: OAuthClient
    refresh_token: Secret
    server: ServerMetadata


@final
class _LeaseCheck:
    """Made when the connection stands and only the token is left to send."""

    def __init__(self, lease: Lease, now: Callable[[], datetime]) -> None:
        self._lease = lease
        self._now = now
        self.sent_at = now()
        """When the token left: of two pairs for one token, the one asked for later counts."""
        self.aborted = False

    async def before_sending(self) -> bool:
        """Whether the token may still be sent."""
        confirmed = await self._lease.confirm()
        self.sent_at = self._now()
        # Last, because the confirmation may have been long on its way: later than this,
        # somebody else may redeem; the intent tells them.
        self.aborted = not (confirmed and self._lease.in_time())
        return not self.aborted


MAX_CONCURRENT = 64
"""Refreshes under way in one process. Each holds a lease, which costs the database a renewal
every few seconds: without a limit, many that are due at once would keep it from anything else.
"""


class _JustRefused(ReconnectRequired):
    """By the answer to this very renewal. Whoever else waited for it finds it refused."""


@final
class Refresher:
    def __init__(
        self,
        *,
        store: IntegrationStore,
        leases: Leases,
        discovery: Discovery,
        redemptions: UnrepeatableTransport,
        revoker: Revoker,
        configured_client_id: str | None,
        restored: RestoredGrants | None = None,
        max_concurrent: int = MAX_CONCURRENT,
    ) -> None:
        self._store = store
        self._leases = leases
        self._discovery = discovery
        self._redemptions = redemptions
        self._revoker = revoker
        self._configured_client_id = configured_client_id
        self._restored = restored
        self._turns = asyncio.Semaphore(max_concurrent)
        self.tally = Tally()
        """``renewed`` here, ``adopted`` from somebody else, ``refused`` by Notion, ``ended`` by
        somebody else, or known to be refused already, ``unavailable`` (no clear answer, or others
        hold the lease for too long), or ``failed``."""

    async def refresh(
        self, seen: Integration, is_stale: StalePair, sealed: Sealed = NONE_READ
    ) -> Refreshed:
        """A state whose pair is not stale, whoever fetched it.

        ``seen`` is the caller's newest, and ``sealed`` was read with it. Neither need be read again
        under the lease: the intent is appended to that state, and where that is a conflict, or
        there is nothing to append, both are.

        Raises NotConnected or ReconnectRequired where no grant is left, RefreshUnavailable
        where Notion gave no clear answer, and StoreUnavailable; both last keep the grant.
        """
        began, outcome = steady_seconds(), "failed"
        try:
            found = await self._refreshed(Refreshed(seen, sealed=sealed), is_stale)
            outcome = "adopted" if found.access_token is None else "renewed"
            if outcome == "adopted":
                log.debug("token_adopted", **in_log(seen.grant_id), version=found.state.version)
        except (NotConnected, ReconnectRequired) as fault:
            outcome = "refused" if isinstance(fault, _JustRefused) else "ended"
            raise
        except RefreshUnavailable:
            outcome = "unavailable"
            raise
        finally:
            self.tally.note(outcome, steady_seconds() - began)
        return found

    async def _refreshed(self, seen: Refreshed, is_stale: StalePair) -> Refreshed:
        async with self._turns:
            with coming_first():
                return await self._refreshed_in_turn(seen, is_stale)

    async def _refreshed_in_turn(self, found: Refreshed, is_stale: StalePair) -> Refreshed:
        grant_id = found.state.grant_id
        async with self._leases.hold(grant_id) as lease:
            while True:
                state = found.state
                grant, tokens = state.usable()
                if not is_stale(tokens):
                    return found
                start = StartRefresh(grant.process_id, tokens.refresh_token_sha256)
                try:
                    redemption = await self._gather(found, grant, tokens)
                    if await self._is_used_up(redemption):
                        refused = Refused("invalid_grant")
                        return Refreshed(await self._give_up(redemption, refused, lease))
                    started = await self._store.carry_out(grant_id, start, seen=state)
                except VersionConflict:
                    state, sealed = await self._store.load_with_secrets(grant_id)
                    found = Refreshed(state, sealed=sealed)
                    continue
                return await self._redeem(replace(redemption, state=started.after), lease)

    async def _gather(self, found: Refreshed, grant: Grant, tokens: TokenPair) -> _Redemption:
        state = found.state
        try:
            server = await self._discovery.server_of(grant.issuer)
        except (UpstreamUnreachable, UpstreamTimeout, UpstreamUnsuitable) as fault:
            log.warning("discovery_failed", **in_log(state.grant_id), detail=str(fault))
            raise RefreshUnavailable from fault
        client, secrets = await self._store.client_and(state, "refresh_token", sealed=found.sealed)
        return _Redemption(
            state=state,
            grant_id=state.grant_id,
            grant=grant,
            tokens=tokens,
            client=client,
            refresh_token=secrets["refresh_token"],
            server=server,
        )

    async def _is_used_up(self, redemption: _Redemption) -> bool:
        """Only of a grant that came out of a backup can that be known, and must be asked."""
        if self._restored is None:
            return False
        try:
            used_up = await self._restored.is_used_up(
                redemption.tokens, redemption.server, redemption.client, redemption.refresh_token
            )
        except (UpstreamUnreachable, UpstreamTimeout, UpstreamUnsuitable) as fault:
            log.warning("restored_token_unclear", **in_log(redemption.grant_id), detail=str(fault))
            raise RefreshUnavailable from fault
        if used_up:
            log.warning(
                "restored_token_used_up",
                **in_log(redemption.grant_id),
                hint="the grant was renewed or ended after the backup was made: connect it again",
            )
        return used_up

    async def _redeem(self, redemption: _Redemption, lease: Lease) -> Refreshed:
        check = _LeaseCheck(lease, self._store.now)
        judged = await self._send(redemption, check)
        may_be_under_way = isinstance(judged, Unclear) and judged.may_be_under_way
        if not may_be_under_way:
            lease.request_ended()
        match judged:
            case Issued() as issued:
                return await self._keep(redemption, issued, check.sent_at, lease)
            case Refused() as refused:
                return Refreshed(await self._give_up(redemption, refused, lease))
            case Unclear() as unclear:
                log.warning(
                    "refresh_unclear",
                    **in_log(redemption.grant_id),
                    detail=unclear.detail,
                    may_be_under_way=may_be_under_way,
                )
                pause = math.ceil(lease.under_way_seconds) if may_be_under_way else 0
                asked = unclear.retry_after_seconds or 0
                raise RefreshUnavailable(retry_after_seconds=max(pause, asked) or None)

    async def _send(
        self, redemption: _Redemption, check: _LeaseCheck
    ) -> Issued | Refused | Unclear:
        request = refresh_request(
            redemption.server,
            redemption.client,
            refresh_token=redemption.refresh_token,
            resource=redemption.grant.resource,
        )
        try:
            answer = await self._redemptions.send(
                request,
                proof=harmless_request(redemption.server),
                before_body=check.before_sending,
            )
        except AnswerLost as fault:
            return Unclear(f"no answer: {fault}", may_be_under_way=True)
        except (UpstreamUnreachable, UpstreamTimeout, UpstreamUnsuitable) as fault:
            if check.aborted:
                log.warning("refresh_withheld", **in_log(redemption.grant_id))
                return Unclear("the lease was lost before anything left", retry_after_seconds=1)
            return Unclear(str(fault))
        judged = judge_tokens(answer)
        if (
            judged == Refused("invalid_client")
            and redemption.client.client_id == self._configured_client_id
        ):
            # A mistyped secret must not cost every space its connection.
            return Unclear("Notion refuses the client that NOTION_MCP_CLIENT_ID configures")
        return judged

    async def _keep(
        self, redemption: _Redemption, issued: Issued, asked_at: datetime, lease: Lease
    ) -> Refreshed:
        """Appends until it is stored: from here on the new pair exists nowhere else."""
        grant_id, grant, old = redemption.grant_id, redemption.grant, redemption.tokens
        pair, sealed = self._store.seal_pair(
            grant_id, grant.process_id, issued, issued_at=asked_at, kept=old
        )
        command = CompleteRefresh(grant.process_id, old.refresh_token_sha256, pair)
        state = (await self._append_until_stored(redemption.state, command, lease, sealed)).after
        # An append that was reported lost may have been stored all the same: then it is ours.
        if state.tokens == pair:
            log.info("token_refreshed", **in_log(grant_id), process_id=grant.process_id)
            return Refreshed(state, issued.access_token)
        # Somebody disconnected or consented anew meanwhile, and that wins: this pair belongs
        # to nobody, and must not live on at Notion.
        log.info("refresh_superseded", **in_log(grant_id), process_id=grant.process_id)
        if state.tokens is None or may_revoke(grant.client.client_id, state.grant):
            await self._revoker.revoke(
                HeldGrant.of(
                    grant_id, grant.issuer, redemption.client, issued, redemption.refresh_token
                )
            )
        state.usable()
        return Refreshed(state)

    async def _give_up(
        self, redemption: _Redemption, refused: Refused, lease: Lease
    ) -> Integration:
        """Records the refusal if it is about the newest token; else adopts what is newer."""
        command = RefuseRefresh(
            redemption.grant.process_id, redemption.tokens.refresh_token_sha256, refused.error
        )
        outcome = await self._append_until_stored(redemption.state, command, lease)
        if outcome.happened:
            log.warning(
                "authorization_failed",
                **in_log(redemption.grant_id),
                process_id=redemption.grant.process_id,
                error=refused.error,
            )
        try:
            outcome.after.usable()
        except ReconnectRequired as fault:
            if outcome.happened:
                raise _JustRefused(*fault.args) from fault
            raise
        return outcome.after

    async def _append_until_stored(
        self,
        known: Integration,
        command: Command,
        lease: Lease,
        sealed: Sequence[SealedSecret] = (),
    ) -> Outcome[Integration]:
        """Appends what Notion answered, again and again until it is stored: nobody can ask for it
        a second time. The lease is given back with it, as nothing is left to be done under it.

        Whatever the fault, and for as long as this process lives: a database that refuses today
        what it should take may be mended tomorrow, and a pair that was let go never comes back.
        """
        grant_id = known.grant_id
        outcome: Outcome[Integration] | None = None
        async for attempt in stamina.retry_context(
            on=Exception, attempts=None, timeout=None, wait_initial=0.05, wait_max=2.0
        ):
            with attempt:
                try:
                    outcome = await self._store.carry_out(
                        grant_id, command, seal=sealed, also=(lease.ending(),), known=known
                    )
                except Exception as fault:
                    log.error(  # noqa: TRY400 - a driver's text may quote what was to be stored
                        "answer_not_stored",
                        **in_log(grant_id),
                        fault=type(fault).__name__,
                        attempt=attempt.num,
                    )
                    raise
        assert outcome is not None  # noqa: S101 - without a limit, the last attempt succeeded
        lease.is_ended = outcome.happened
        return outcome
