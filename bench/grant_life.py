"""One grant's days, by the gateway's own rules and those of the simulated Notion, without waiting.

Nothing here opens a socket or a database: what the two sides would decide is asked of the same
pure code that decides it in a running gateway, and in the simulator's OAuth server.
"""

import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Final, final

from notion_gateway.integration.idle_grants import IDLE_SECONDS, LOOK_EVERY_SECONDS
from notion_gateway.integration.rules.commands import (
    Command,
    CompleteRefresh,
    Connect,
    RefuseRefresh,
    StartRefresh,
)
from notion_gateway.integration.rules.events import Client, Event, Grant, TokenPair
from notion_gateway.integration.rules.integration import Integration, Status
from notion_gateway.integration.rules.look_times import period_seconds
from notion_gateway.integration.rules.renewal_timing import refresh_after
from notion_gateway.kernel.slots import SLOTS, slot_of
from notion_simulator.oauth import grants as notion

MINUTE: Final = 60
DAY: Final = 86_400
_MARGIN_SECONDS: Final = 60.0
_CLIENT: Final = "client"
_ISSUER: Final = "https://notion.example"
_WORKDAY_SECONDS: Final = 10 * 3600
_WORKDAYS: Final = 5

RULES: Final = notion.TokenRules(
    rotation="strict",
    access_lifetime=8 * 3600.0,
    absolute_lifetime=180.0 * DAY,
    idle_lifetime=30.0 * DAY,
    previous_grace=None,
    refresh_answer="rotated",
    refresh_revokes_access=True,
    refused_before_end=60.0,
)
"""What is known of Notion: eight hours, 180 days from consent, 30 days without use."""


class Use(Enum):
    """How often a space's people call."""

    DAILY = "every working day"
    WEEKLY = "one day a week"
    NEVER = "never"


@dataclass(slots=True)
class Tally:
    """What many grants come to. ``minutes``: renewals in each minute since the beginning."""

    minutes: list[int]
    renewals: int = 0
    by_calls: int = 0
    by_looks: int = 0
    pings: int = 0
    consents: int = 0
    calls: int = 0
    calls_refused: int = 0
    events: int = 0
    event_bytes: int = 0
    lapsed_idle: int = 0
    reached_their_end: int = 0
    lost_in_kills: int = 0

    def add(self, other: "Tally") -> None:
        self.minutes = [mine + more for mine, more in zip(self.minutes, other.minutes, strict=True)]
        for one in fields(self):
            if one.name != "minutes":
                setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


@dataclass(frozen=True, slots=True)
class World:
    """``start`` and ``end`` in seconds since the epoch. ``killed``: of how many redemptions one is
    followed by a crash before its pair is stored. ``look_hours``: how often a gateway asks whether
    a grant lives (``NOTION_MCP_LOOK_HOURS``); 0 is never. ``renews_idle``: it does what it does.
    """

    start: float
    end: float
    killed: float = 0.0
    look_hours: float = 24.0
    renews_idle: bool = True


@final
@dataclass
class GrantLife:
    """A grant that was consented to before the beginning, and what its space does with it."""

    number: int
    use: Use
    world: World
    tally: Tally
    size_of: Callable[[Event], int]
    state: Integration = field(init=False)
    notions: notion.Grant = field(init=False)
    _fresh: notion.FreshTokens = field(init=False)
    _tokens: int = 0
    _is_told: bool = False
    _used_until: float = 0.0
    """Before that, the access token in memory serves a call, and nothing is decided."""

    def __post_init__(self) -> None:
        self._dice = random.Random(self.number)  # noqa: S311 - the same for the same number
        self.state = Integration(f"space-{self.number}")
        self._consent(self.world.start - self._dice.uniform(0, RULES.absolute_lifetime), 0)

    def live(self) -> None:
        """From the beginning to the end."""
        since = self._least_pause()
        self._renewed_at = max(self._renewed_at, self.world.start - self._dice.uniform(0, since))
        self.notions = _used_at(self.notions, self._renewed_at)
        calls, gateways = self._call_times(), self._gateway_times()
        call, gateway = next(calls, self.world.end), next(gateways, self.world.end)
        while (now := min(call, gateway)) < self.world.end:
            if now == call:
                self._call(now)
                call = next(calls, self.world.end)
            else:
                self._by_itself(now)
                gateway = next(gateways, self.world.end)
        self._ask_notion()

    def _least_pause(self) -> float:
        """Between two renewals of a grant that nobody uses."""
        return period_seconds(self.world.look_hours) or IDLE_SECONDS

    def _gateway_times(self) -> Iterator[float]:
        """When a gateway thinks of the grant by itself: at its slot's turn in each period; where
        none looks, every few hours.
        """
        if not self.world.renews_idle:
            return
        pause = period_seconds(self.world.look_hours)
        if pause:
            slot = slot_of(self.state.grant_id)
            first = self._dice.uniform(slot, slot + 1) * pause / SLOTS
        else:
            pause = LOOK_EVERY_SECONDS
            first = self._dice.uniform(0, pause)
        now = self.world.start + first
        while now < self.world.end:
            yield now
            now += pause

    def _by_itself(self, now: float) -> None:
        if self.state.tokens is None:
            return
        if not self.world.look_hours:
            if now - self._renewed_at > IDLE_SECONDS:
                self._renew(now)
        elif now >= self._used_until:
            self.tally.by_looks += 1
            self._renew(now)
        else:
            self.tally.pings += 1

    def _call_times(self) -> Iterator[float]:
        """Ascending; working hours in one of 24 time zones, weighted as offices are."""
        if self.use is Use.NEVER:
            return
        opens = self._dice.choice([0, 1, 1, 8, 8, 8, 9, 13, 14, 14, 16, 16]) * 3600
        a_week = self._dice.randrange(_WORKDAYS)
        for day in range(int((self.world.end - self.world.start) // DAY)):
            weekday = day % 7
            if weekday >= _WORKDAYS or (self.use is Use.WEEKLY and weekday != a_week):
                continue
            count = self._dice.randint(3, 30)
            begin = self.world.start + day * DAY + opens
            yield from sorted(begin + self._dice.uniform(0, _WORKDAY_SECONDS) for _ in range(count))

    def _call(self, now: float) -> None:
        self.tally.calls += 1
        if now < self._used_until:
            return
        if self.state.status is not Status.CONNECTED:
            # Whoever called before was told to connect again, and has done it now; or this one is.
            self.tally.calls_refused += not self._is_told
            self._consent(now, 1)
            return
        self.tally.by_calls += 1
        self._renew(now)
        if self.state.status is not Status.CONNECTED:
            self.tally.calls_refused += 1
            self._is_told = True

    def _renew(self, now: float) -> None:
        grant, tokens = self.state.usable()
        sha256 = tokens.refresh_token_sha256
        self._carry_out(StartRefresh(grant.process_id, sha256), now)
        self._count(now)
        answer = self._redeem(sha256, now)
        if isinstance(answer, notion.Issued) and self._dice.random() < self.world.killed:
            # The pair went with the process. Whoever comes next redeems the old token once more.
            answer = self._redeem(sha256, now + MINUTE)
            self.tally.lost_in_kills += isinstance(answer, notion.Refused)
        elif isinstance(answer, notion.Refused):
            was_idle = now - self.notions.last_used_at >= RULES.idle_lifetime
            self.tally.lapsed_idle += was_idle
            self.tally.reached_their_end += not was_idle
        if isinstance(answer, notion.Issued):
            self._carry_out(CompleteRefresh(grant.process_id, sha256, self._pair(now)), now)
            self._renewed_at = now
        else:
            self._carry_out(RefuseRefresh(grant.process_id, sha256, "invalid_grant"), now)

    def _redeem(self, sha256: str, now: float) -> notion.Issued | notion.Refused:
        self._make_tokens()
        answer = notion.refresh(
            self.notions, notion.Refresh(_CLIENT, sha256), self._fresh, now, RULES
        )
        if answer.grant is not None:
            self.notions = answer.grant
        return answer

    def _consent(self, now: float, counted: int) -> None:
        self._make_tokens()
        code = notion.PendingCode("code", "", None, now + MINUTE, used=True)
        self.notions = notion.Grant(
            id=str(self.number),
            user_id="",
            client_id=_CLIENT,
            workspace_id="",
            scope="",
            resource=None,
            created_at=now,
            code=code,
            current=self._fresh.refresh,
            last_used_at=now,
        )
        grant = Grant(
            process_id=f"process-{self.number}-{self._tokens}",
            issuer=_ISSUER,
            resource=f"{_ISSUER}/mcp",
            client=Client(client_id=_CLIENT),
            authorized_by="somebody",
        )
        self._renewed_at, self._is_told = now, False
        self._carry_out(Connect(grant, self._pair(now)), now, counted=bool(counted))
        self.tally.consents += counted

    def _carry_out(self, command: Command, now: float, *, counted: bool = True) -> None:
        before = self.state.tokens
        for event in self.state.decide(command, _moment(now)):
            self.state = self.state.apply(event)
            if counted:
                self.tally.events += 1
                self.tally.event_bytes += self.size_of(event)
        tokens = self.state.tokens
        if tokens is not before:
            until = 0.0 if tokens is None else refresh_after(tokens, _MARGIN_SECONDS).timestamp()
            self._used_until = until

    def _pair(self, now: float) -> TokenPair:
        fresh = self._fresh
        return TokenPair(
            access_token_id=fresh.access[:32],
            refresh_token_id=fresh.refresh[:32],
            refresh_token_sha256=fresh.refresh,
            issued_at=_moment(now),
            expires_at=_moment(now + RULES.access_lifetime),
        )

    def _make_tokens(self) -> None:
        """Two that nobody had before, as Notion knows them."""
        self._tokens += 1
        access, refresh = (
            hashlib.sha256(f"{kind}-{self.number}-{self._tokens}".encode()).hexdigest()
            for kind in ("access", "refresh")
        )
        self._fresh = notion.FreshTokens(access, refresh)

    def _count(self, now: float) -> None:
        self.tally.renewals += 1
        self.tally.minutes[int((now - self.world.start) // MINUTE)] += 1

    def _ask_notion(self) -> None:
        """Whoever was never called knows nothing of a lapsed grant: Notion is asked at the end."""
        if self.state.tokens is None:
            return
        end = self.world.end
        if end >= self.notions.last_used_at + RULES.idle_lifetime:
            self.tally.lapsed_idle += 1


def _used_at(grant: notion.Grant, at: float) -> notion.Grant:
    return replace(grant, last_used_at=max(grant.last_used_at, at))


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
