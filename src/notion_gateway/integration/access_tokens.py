"""Lending a grant's access token to whoever calls Notion with it.

The hot path is :meth:`AccessTokens.cached`: no I/O, no await. Everything else happens in one
detached task per grant, which a caller who leaves does not take along.
"""

import asyncio
import math
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import final

import structlog
from cachetools import LRUCache
from structlog.contextvars import bound_contextvars

from notion_gateway.integration.errors import RefreshUnavailable
from notion_gateway.integration.refresh import Refreshed, Refresher, StalePair
from notion_gateway.integration.rules.events import TokenPair
from notion_gateway.integration.rules.grant_ids import in_log
from notion_gateway.integration.rules.renewal_timing import Cause, backoff_seconds, refresh_after
from notion_gateway.integration.store import IntegrationStore
from notion_gateway.kernel.background import ClosingTime
from notion_gateway.kernel.clock import Clock, steady_seconds
from notion_gateway.kernel.current_cache import CurrentCache
from notion_gateway.kernel.errors import (
    SecretUnreadable,
    StoreUnavailable,
    UpstreamUnauthorized,
    VersionConflict,
)
from notion_gateway.kernel.secret import Secret
from notion_gateway.kernel.trace import MAX_LINKS, Trace, Tracing, current_trace, operation

log = structlog.stdlib.get_logger()

FORCED_AGAIN_AFTER = timedelta(seconds=10)
"""Where Notion refuses every token, each call would otherwise cost a redemption."""


@dataclass(slots=True)
class LentToken:
    """An open access token and until when it is used without asking anybody.

    ``is_current``: it is still the one that memory has for its grant.
    """

    access_token: Secret
    token_id: str
    """Of its row in the vault."""
    use_until: datetime
    version: int
    """Of the stream when the token was read."""
    process_id: str = ""
    """Names its grant."""
    is_current: bool = False


@dataclass(slots=True)
class _Backoff:
    failures: int
    until: datetime
    version: int
    """Of the stream when the renewal was tried: older news do not end the pause."""


@final
@dataclass
class AccessTokens:
    """``margin_seconds``: how long before its expiry a token is renewed.

    ``wait_seconds``: how long a caller waits for a renewal that somebody else may need too.
    ``brief_seconds``: how long where the token in use is still valid. Not at all would send calls
    with a token that a renewal is just about to end. ``restored_at``: when the database was
    restored from a backup, if it was. ``tracing``: where traces are on.
    """

    store: IntegrationStore
    refresher: Refresher
    clock: Clock
    margin_seconds: float = 60.0
    wait_seconds: float = 30.0
    brief_seconds: float = 2.0
    close_seconds: float = 20.0
    closing: ClosingTime = field(default_factory=ClosingTime)
    max_cached: int = 10_000
    restored_at: datetime | None = None
    tracing: Tracing | None = None
    _cache: CurrentCache[LentToken] = field(init=False, repr=False)
    _in_progress: dict[str, asyncio.Task[LentToken]] = field(
        init=False, repr=False, default_factory=dict[str, asyncio.Task[LentToken]]
    )
    _in_use: dict[str, LentToken] = field(
        init=False, repr=False, default_factory=dict[str, LentToken]
    )
    """Still valid tokens of grants whose renewal is under way."""
    _waiting: dict[str, list[Trace]] = field(
        init=False, repr=False, default_factory=dict[str, list[Trace]]
    )
    """Traces of the requests that wait for a grant's task, where traces are on."""
    _outdated: set[str] = field(init=False, repr=False, default_factory=set[str])
    """Grants that changed while a task of theirs was under way: what it found is not kept."""
    _backoffs: LRUCache[str, _Backoff] = field(init=False, repr=False)
    _forced: LRUCache[str, datetime] = field(init=False, repr=False)
    """When a token was last renewed because Notion refused it."""

    def __post_init__(self) -> None:
        self._cache = CurrentCache(self.max_cached)
        self._backoffs = LRUCache(self.max_cached)
        self._forced = LRUCache(self.max_cached)

    def cached(self, grant_id: str) -> LentToken | None:
        """A token that is good for now, if this process knows one; for as long as it is current,
        and its time is not over.
        """
        lent = self._cache.get(grant_id)
        if lent is not None and self.clock.now() < lent.use_until:
            return lent
        return None

    async def lend(self, grant_id: str, cause: Cause = "due") -> LentToken:
        """A token that is good for now. ``cause``: what the log says of a renewal.

        Raises NotConnected, ReconnectRequired, RefreshUnavailable, StoreUnavailable or
        SecretUnreadable.
        """
        return self.cached(grant_id) or await self._join(grant_id, None, cause)

    async def lend_unless_due(self, grant_id: str) -> LentToken | None:
        """A token that is good for now, for what is not worth a renewal: None where it would take
        one. Raises as ``lend``.
        """
        known = self.cached(grant_id)
        if known is not None:
            return known
        _, pair = (await self.store.load(grant_id)).usable()
        if self.clock.now() >= refresh_after(pair, self.margin_seconds, self.restored_at):
            return None
        return await self.lend(grant_id)

    async def replace(self, grant_id: str, refused: LentToken) -> LentToken:
        """Another token than one that Notion answered with 401: adopted or newly issued.

        Raises UpstreamUnauthorized when that one was only just issued, else as ``lend``.
        """
        for _ in range(2):  # a task that was under way may still bring the refused one
            known = self.cached(grant_id)
            if known is None or _same(known, refused):
                known = await self._join(grant_id, refused, "due")
            if not _same(known, refused):
                return known
        raise UpstreamUnauthorized

    def forget(self, grant_id: str) -> None:
        """After a change made elsewhere: the next call looks again."""
        self._cache.pop(grant_id, None)
        self._in_use.pop(grant_id, None)
        self._backoffs.pop(grant_id, None)
        if grant_id in self._in_progress:
            self._outdated.add(grant_id)

    def changed(self, grant_id: str, version: int) -> None:
        """Somebody, perhaps this process, has brought the stream to ``version``."""
        known, backoff = self._cache.get(grant_id), self._backoffs.get(grant_id)
        seen = max(known.version if known else 0, backoff.version if backoff else 0)
        if seen < version:
            self.forget(grant_id)

    def forget_all(self) -> None:
        """After a time in which changes may have been missed."""
        for grant_id in [*self._cache, *self._in_progress]:
            self.forget(grant_id)

    async def close(self) -> None:
        """Lets renewals in progress finish: a redeemed pair must not be lost to a restart."""
        if self._in_progress:
            await asyncio.wait(
                list(self._in_progress.values()), timeout=self.closing.left(self.close_seconds)
            )

    async def _join(self, grant_id: str, refused: LentToken | None, cause: Cause) -> LentToken:
        task = self._in_progress.get(grant_id)
        if task is None:
            task = asyncio.create_task(self._obtain(grant_id, refused, cause), name="renew token")
            self._in_progress[grant_id] = task
            task.add_done_callback(lambda _: self._finished(grant_id, task))
        if (trace := current_trace.get()) is not None:
            waiting = self._waiting.setdefault(grant_id, [])
            if len(waiting) < MAX_LINKS:
                waiting.append(trace)
        if refused is not None:
            self._stop_using(grant_id, refused)
        give_up = steady_seconds() + self.wait_seconds
        while True:
            left = give_up - steady_seconds()
            done, _ = await asyncio.wait((task,), timeout=min(self.brief_seconds, max(left, 0.0)))
            if done:
                return task.result()
            still_valid = self._in_use.get(grant_id)
            if still_valid is not None and self.clock.now() < still_valid.use_until:
                self._cache[grant_id] = still_valid
                return still_valid
            if left <= self.brief_seconds:
                raise RefreshUnavailable(retry_after_seconds=5)

    def _stop_using(self, grant_id: str, refused: LentToken) -> None:
        for tokens in (self._cache, self._in_use):
            known = tokens.get(grant_id)
            if known is not None and _same(known, refused):
                del tokens[grant_id]

    def _finished(self, grant_id: str, task: asyncio.Task[LentToken]) -> None:
        del self._in_progress[grant_id]
        self._in_use.pop(grant_id, None)
        self._waiting.pop(grant_id, None)
        self._outdated.discard(grant_id)
        if not task.cancelled():
            task.exception()  # everybody who waited may have left; it was logged

    async def _obtain(self, grant_id: str, refused: LentToken | None, cause: Cause) -> LentToken:
        refused_id = refused.token_id if refused else None
        known = self._cache.pop(grant_id, None)
        while True:
            self._outdated.discard(grant_id)
            state, sealed = await self.store.load_with_secrets(grant_id)
            found = Refreshed(state, sealed=sealed)
            _, pair = found.state.usable()
            late = self.clock.now() >= refresh_after(pair, self.margin_seconds, self.restored_at)
            try:
                if pair.access_token_id == refused_id:
                    self._require_not_just_forced(grant_id)
                    found = await self._renew(found, refused_id, "refused")
                    self._forced[grant_id] = self.clock.now()
                elif late:
                    await self._go_on_using(found, known)
                    found = await self._renew_or_use(found, cause)
                lent = await self._opened(found)
            except VersionConflict:
                continue
            except SecretUnreadable as fault:
                log.error("secret_unreadable", **in_log(grant_id), detail=str(fault))  # noqa: TRY400
                raise
            if grant_id not in self._outdated:
                self._cache[grant_id] = lent
                return lent

    def _require_not_just_forced(self, grant_id: str) -> None:
        """Raises UpstreamUnauthorized when a new token did not help a moment ago."""
        last = self._forced.get(grant_id)
        if last is not None and self.clock.now() < last + FORCED_AGAIN_AFTER:
            raise UpstreamUnauthorized

    async def _go_on_using(self, found: Refreshed, known: LentToken | None) -> None:
        """Callers need not wait for a renewal that takes its time: Notion may be slow. ``known``
        was in memory until now.
        """
        state = found.state
        _, pair = state.usable()
        if self.clock.now() >= pair.expires_at:
            return
        with suppress(SecretUnreadable):  # perhaps the refresh token can be read all the same
            lent = known
            if lent is None or lent.token_id != pair.access_token_id:
                lent = await self._opened(found)
            if state.grant_id not in self._outdated:
                self._in_use[state.grant_id] = replace(lent, use_until=pair.expires_at)

    async def _renew_or_use(self, seen: Refreshed, cause: Cause) -> Refreshed:
        """Within the margin a token still works: a renewal that fails is not the caller's loss."""
        try:
            return await self._renew(seen, None, cause)
        except (RefreshUnavailable, StoreUnavailable):
            _, pair = seen.state.usable()
            if self.clock.now() >= pair.expires_at:
                raise
            return Refreshed(seen.state)  # its secrets are read anew: somebody may have been faster

    async def _renew(self, seen: Refreshed, refused_id: str | None, cause: Cause) -> Refreshed:
        grant_id = seen.state.grant_id
        backoff = self._backoffs.get(grant_id)
        now = self.clock.now()
        if backoff is not None and now < backoff.until:
            raise RefreshUnavailable(retry_after_seconds=_seconds_until(backoff.until, now))

        def is_stale(pair: TokenPair) -> bool:
            if pair.access_token_id == refused_id:
                return True
            return self.clock.now() >= refresh_after(pair, self.margin_seconds, self.restored_at)

        try:
            with bound_contextvars(renewal=cause):  # of every line until it ends
                found = await self._refreshed(seen, is_stale, cause)
        except RefreshUnavailable as fault:
            failures = backoff.failures + 1 if backoff else 1
            pause = backoff_seconds(failures, fault.retry_after_seconds)
            until = self.clock.now() + timedelta(seconds=pause)
            self._backoffs[grant_id] = _Backoff(failures, until, seen.state.version)
            raise RefreshUnavailable(retry_after_seconds=pause) from fault
        self._backoffs.pop(grant_id, None)
        return found

    async def _refreshed(self, seen: Refreshed, is_stale: StalePair, cause: Cause) -> Refreshed:
        """In a trace of its own, linked with the requests that wait for it: it is theirs together,
        and goes on without them.
        """
        about = {"notion_gateway.renewal": cause}
        with operation(self.tracing, "renew token", about, of_request=False) as renewal:
            renewal.links = self._waiting.setdefault(seen.state.grant_id, [])
            found = await self.refresher.refresh(seen.state, is_stale, seen.sealed)
            outcome = "adopted" if found.access_token is None else "renewed"
            renewal.attributes["notion_gateway.outcome"] = outcome
        return found

    async def _opened(self, found: Refreshed) -> LentToken:
        state = found.state
        grant, pair = state.usable()
        use_until = refresh_after(pair, self.margin_seconds, self.restored_at)
        backoff = self._backoffs.get(state.grant_id)
        if backoff is not None:
            use_until = max(use_until, min(backoff.until, pair.expires_at))
        access_token = found.access_token or await self.store.access_token(state, found.sealed)
        return LentToken(
            access_token, pair.access_token_id, use_until, state.version, grant.process_id
        )


def _same(one: LentToken, other: LentToken) -> bool:
    return one.token_id == other.token_id


def _seconds_until(then: datetime, now: datetime) -> int:
    return max(1, math.ceil((then - now).total_seconds()))
