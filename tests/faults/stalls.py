"""Grants whose renewal meets a way to Notion that stalls, round after round.

    python -m tests.faults.stalls --rounds 100 --replicas 3

Gateways on one database reach the simulated Notion through a hop that holds bytes and delivers
them later. In each round every space's token expires, callers ask at all replicas until they are
answered, and the path stalls in one of the ways of ``WAYS``. Afterwards the tokens expire once
more on a path that is well: only then does it show whether the pair that was kept is the one
that Notion kept.

Times are a fiftieth of the real ones. It prints: rotation, replicas, way, code, grants, lost
grants, void rounds.
"""

import argparse
import asyncio
import itertools
import random
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from notion_gateway.integration.leases import Leases
from notion_gateway.integration.rules import renewal_timing
from notion_gateway.kernel.log import configure_logging
from notion_gateway.kernel.outbound.unrepeatable import UnrepeatableRequests
from notion_simulator.faults import Fault
from tests.faults.children import defaults_of
from tests.faults.stalling_path import StallingPath, stalling_path
from tests.support.gateway import Caller, calling, serving_gateway
from tests.support.rig import Rig, a_rig
from tests.support.serving import listen, port_of
from tests.support.upstreams import RecordingMcp

Way = Literal["before", "hold", "cut", "swallow", "twice", "slow"]
WAYS: tuple[Way, ...] = ("before", "hold", "cut", "swallow", "twice", "slow")
"""It stalls before a redemption leaves; a ``Trap``; or Notion itself takes long over one."""

STALL_SECONDS: dict[Way, float] = {**dict.fromkeys(WAYS, 0.4), "slow": 2.4}
"""Twenty seconds, and two minutes."""
TIMES: dict[type, dict[str, float]] = {
    UnrepeatableRequests: {"proof_seconds": 0.2, "answer_seconds": 6.0},
    Leases: {"lease_seconds": 1.0, "deadline_seconds": 0.5, "under_way_seconds": 2.4},
}
IMPATIENT: dict[type, dict[str, float]] = {
    UnrepeatableRequests: {"proof_seconds": 0.2, "answer_seconds": 1.0},
    Leases: {"lease_seconds": 1.0, "deadline_seconds": 0.5, "under_way_seconds": 0.6},
}
DRILL_SECONDS: dict[Way, float] = {**STALL_SECONDS, "hold": 2.5, "cut": 0.8, "slow": 3.0}
"""Up to two and a half minutes: long enough for who is impatient."""
_PATIENCE_SECONDS = 30.0
_LONGEST_HOLD_SECONDS: dict[Way, float] = {"hold": 5.0, "cut": 2.0}
"""A busy machine makes stalls longer. A round is void where a redemption was held for nearly as
long as one is waited for (five minutes), or for most of the two minutes after which one whose
connection broke is tried again.
"""


@dataclass(frozen=True, slots=True)
class Stalled:
    """``callers``: one for each replica."""

    rig: Rig
    path: StallingPath
    callers: Sequence[Caller]


@asynccontextmanager
async def stalled(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    replicas: int = 1,
    patient: bool = True,
    **notion: Any,
) -> AsyncGenerator[Stalled]:
    """``patient`` off is the negative control: what has left is given up after a moment, and
    nothing covers it from then on.
    """
    for kind, changes in (TIMES if patient else IMPATIENT).items():
        for name, value in changes.items():
            monkeypatch.setitem(defaults_of(kind), name, value)
    monkeypatch.setattr(renewal_timing, "_BACKOFF_SECONDS", (0,))
    if not patient:
        monkeypatch.setattr(UnrepeatableRequests, "_prove", _unproven)
        monkeypatch.setattr(Leases, "_leave_behind", getattr(Leases, "_give_back"))  # noqa: B009
    with listen() as listener:
        public = f"http://127.0.0.1:{port_of(listener)}"
        async with AsyncExitStack() as stack:
            rig = await stack.enter_async_context(
                a_rig(
                    folder,
                    monkeypatch,
                    mcp=RecordingMcp(),
                    notion={"public_url": public, **notion},
                )
            )
            path = await stack.enter_async_context(stalling_path(listener, rig.notion.served.port))
            callers: list[Caller] = []
            for _ in range(replicas):
                there = await stack.enter_async_context(serving_gateway(folder, public))
                callers.append(await stack.enter_async_context(calling(there.url)))
            yield Stalled(rig, path, callers)


async def _unproven(*_: object) -> None:
    """In the place of a request that the path has to answer."""


async def a_round(
    stalled: Stalled, spaces: Sequence[str], way: Way, stall_seconds: float | None = None
) -> Counter[str]:
    """How many of them end as ``kept`` and as ``lost``. They must be connected."""
    stalled.rig.let_token_expire()
    seconds = STALL_SECONDS[way] if stall_seconds is None else stall_seconds
    _begin(stalled, way, len(spaces), seconds)
    asking = [
        asyncio.create_task(answered(caller, space))
        for space, caller in itertools.product(spaces, stalled.callers)
    ]
    if way not in ("before", "slow"):
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await stalled.path.sprung.wait()
    await asyncio.sleep(seconds)
    await stalled.path.thaw()
    await asyncio.gather(*asking)
    stalled.rig.let_token_expire()
    return Counter([await answered(stalled.callers[0], space) for space in spaces])


def _begin(stalled: Stalled, way: Way, times: int, seconds: float) -> None:
    match way:
        case "before":
            stalled.path.freeze()
        case "slow":
            slow = Fault(
                target="token",
                kind="delay",
                grant_type="refresh_token",
                delay_seconds=seconds,
                times=times,
            )
            stalled.rig.notion.simulator.faults.add(slow)
        case "hold" | "cut" | "swallow" | "twice":
            stalled.path.set_trap(way, times)


async def answered(caller: Caller, space: str) -> str:
    """Calls again and again, as people and programs do, until it is clear how it ends."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            answer = await caller.call(space)
            if answer.status == 200:
                return "kept"
            if answer.reason == "reconnect_required":
                return "lost"
            await asyncio.sleep(random.uniform(0.02, 0.08))  # noqa: S311


async def connect(stalled: Stalled, count: int) -> list[str]:
    spaces = [f"space-{number}" for number in range(count)]
    for space in spaces:
        connected = await stalled.callers[0].connect(space)
        assert connected.result["status"] == "success", connected.result
    return spaces


async def drill(rounds: int, grants: int, replicas: int, rotation: str, *, patient: bool) -> None:
    for way in WAYS:
        ends: Counter[str] = Counter()
        done = void = 0
        while done < rounds and void <= rounds:
            with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
                place = stalled(
                    Path(name), patch, replicas=replicas, patient=patient, rotation=rotation
                )
                async with place as there:
                    found = await a_round(
                        there, await connect(there, grants), way, DRILL_SECONDS[way]
                    )
                if there.path.longest_hold_seconds > _LONGEST_HOLD_SECONDS.get(
                    way, _PATIENCE_SECONDS
                ):
                    void += 1
                else:
                    ends, done = ends + found, done + 1
        code = "as it is" if patient else "impatient"
        print(  # noqa: T201
            f"| {rotation} | {replicas} | {way} | {code} | {ends.total()} | {ends['lost']}"
            f" | {void} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=10, help="of each way")
    parser.add_argument("--grants", type=int, default=10, help="in each round")
    parser.add_argument("--replicas", type=int, default=1)
    parser.add_argument("--rotation", choices=["lenient", "strict"], default="lenient")
    parser.add_argument("--impatient", action="store_true", help="the negative control")
    given = parser.parse_args()
    configure_logging("json", "critical")
    asyncio.run(
        drill(
            given.rounds,
            given.grants,
            given.replicas,
            given.rotation,
            patient=not given.impatient,
        )
    )


if __name__ == "__main__":
    main()
