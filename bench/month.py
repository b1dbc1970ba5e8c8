"""``python -m bench.month``: a million grants, a month, without waiting for it.

What the gateway's rules and the simulated Notion's decide, one grant after the other
(``grant_life.py``): how many renewals that is in each second and minute, what they write, and how
many grants end, and of what. Grants do not know of each other, so a part of them is enough where
a million take too long (about ten minutes on two cores): the rates grow with their number.
"""

import argparse
import json
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from statistics import median

from bench.grant_life import DAY, MINUTE, GrantLife, Tally, Use, World
from notion_gateway.integration.rules.events import Event
from notion_gateway.kernel.events import to_record
from tests.support.longer_runs import told

_BEGINNING = 1_799_020_800.0  # a Monday
_DAYS = 30
_STATEMENTS_A_RENEWAL = 5
_IN_TEN = (Use.DAILY,) * 4 + (Use.WEEKLY,) * 3 + (Use.NEVER,) * 3
_AT_ONCE = 2_000


class _Sizes:
    """Bytes of an event as it is stored, measured once for each type: they hardly differ."""

    def __init__(self) -> None:
        self._known: dict[type[Event], int] = {}

    def __call__(self, event: Event) -> int:
        if type(event) not in self._known:
            self._known[type(event)] = len(json.dumps(to_record(event)))
        return self._known[type(event)]


def live(numbers: Sequence[int], world: World) -> Tally:
    """The same for the same numbers."""
    tally = Tally([0] * int((world.end - world.start) // MINUTE))
    sizes = _Sizes()
    for number in numbers:
        use = _IN_TEN[number % len(_IN_TEN)]
        GrantLife(number, use, world, tally, sizes).live()
    return tally


def month(grants: int, world: World, *, processes: int) -> Tally:
    parts = [range(grants)[first : first + _AT_ONCE] for first in range(0, grants, _AT_ONCE)]
    whole = live((), world)
    with ProcessPoolExecutor(processes) as pool:
        for part in pool.map(partial(live, world=world), parts):
            whole.add(part)
    return whole


def lines(tally: Tally, grants: int) -> list[str]:
    seconds = _DAYS * DAY
    busiest = max(tally.minutes) / MINUTE
    hours = [sum(tally.minutes[hour * 60 : hour * 60 + 60]) / 3600 for hour in range(_DAYS * 24)]
    rows = {
        "calls that people made": f"{tally.calls:,}",
        "renewals": f"{tally.renewals:,}",
        "of them because of a call": f"{tally.by_calls:,}",
        "of them because a gateway looked": f"{tally.by_looks:,}",
        "looks at a token that was still good": f"{tally.pings:,}",
        "renewals a second, all the month": f"{tally.renewals / seconds:.1f}",
        "in the median hour": f"{median(hours):.1f}",
        "in the busiest hour": f"{max(hours):.1f}",
        "in the busiest minute": f"{busiest:.1f}",
        "statements a second for them, busiest minute": f"{busiest * _STATEMENTS_A_RENEWAL:,.0f}",
        "events": f"{tally.events:,}",
        "bytes of what they say": f"{tally.event_bytes:,}",
        "grants at the end of their 180 days": f"{tally.reached_their_end:,}",
        "consents given again": f"{tally.consents:,}",
        "calls refused until then": f"{tally.calls_refused:,}",
        "grants lost to 30 idle days": f"{tally.lapsed_idle:,}",
        "grants lost to a kill between redeeming and storing": f"{tally.lost_in_kills:,}",
    }
    return [
        f"| {grants:,} grants, {_DAYS} days | |",
        "| --- | ---: |",
        *(f"| {name} | {value} |" for name, value in rows.items()),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description="A million grants, a month.")
    parser.add_argument("--grants", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--killed", type=float, default=1e-6, help="Of how many redemptions a crash follows one."
    )
    parser.add_argument(
        "--look-hours", type=float, default=24.0, help="As NOTION_MCP_LOOK_HOURS; 0 is never."
    )
    parser.add_argument("--leave-idle", action="store_true", help="Renew none that nobody uses.")
    given = parser.parse_args()
    world = World(
        _BEGINNING,
        _BEGINNING + _DAYS * DAY,
        killed=given.killed,
        look_hours=given.look_hours,
        renews_idle=not given.leave_idle,
    )
    tally = month(given.grants, world, processes=given.processes)
    print("\n".join(lines(tally, given.grants)))
    busiest = max(tally.minutes) / MINUTE
    return told(
        f"{given.grants:,} grants, {_DAYS} days: {tally.renewals:,} renewals, {busiest:.1f} a"
        f" second in the busiest minute; {tally.events:,} events; lost to idle days"
        f" {tally.lapsed_idle:,}, to kills {tally.lost_in_kills:,}",
        kept=tally.lapsed_idle == 0,
    )


if __name__ == "__main__":
    raise SystemExit(main())
