"""Kills a process in the middle of a refresh, many times, and counts what the next one finds.

    python -m tests.faults.drill --times 100

Each trial connects a space, lets its token expire, and forks a process that refreshes and is
killed with SIGKILL at a failpoint. A second process then asks for a token, as the restarted
gateway would. Real processes, a real SQLite file, the simulator on a real socket.
"""

import argparse
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx2

from notion_gateway.log import configure_logging
from notion_simulator import SimulatorSettings, serving
from tests.faults.children import (
    LIFETIME_SECONDS,
    Child,
    connecting,
    later,
    lending,
    settings_for,
    short_lease,
)
from tests.faults.failpoints import FAILPOINTS, Failpoint, arm

Rotation = Literal["lenient", "strict"]


@dataclass(frozen=True, slots=True)
class Drill:
    """``outcomes`` counts what the second process got: ``token``, or an error's reason."""

    rotation: Rotation
    point: Failpoint
    outcomes: Counter[str]


def run(point: Failpoint, rotation: Rotation, times: int, folder: Path) -> Drill:
    settings = SimulatorSettings(
        rotation=rotation,
        auto_consent=True,
        access_token_lifetime_seconds=LIFETIME_SECONDS,
    )
    outcomes: Counter[str] = Counter()
    with serving(settings) as notion:
        for number in range(times):
            outcomes[_trial(notion.url, folder, f"space-{number}", point)] += 1
    return Drill(rotation, point, outcomes)


def _trial(notion: str, folder: Path, space_id: str, point: Failpoint) -> str:
    settings = settings_for(notion, folder)
    connected = Child(connecting(settings, space_id)).result()
    assert connected == "connected", connected
    if point == "request-sent":
        fault = {"target": "token", "kind": "delay_after", "delay_seconds": 2}
        fault["grant_type"] = "refresh_token"
        httpx2.post(f"{notion}/_simulator/faults", json=fault).raise_for_status()
    expired = (later(hours=2), short_lease)
    killed = "refresh_unavailable"
    while killed == "refresh_unavailable":  # a busy machine, on which its lease ran out first
        killed = Child(lending(settings, space_id), *expired, lambda: arm(point)).result()
    assert killed == "killed", killed
    httpx2.delete(f"{notion}/_simulator/faults").raise_for_status()
    return Child(lending(settings, space_id), *expired).result()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--times", type=int, default=100, help="kills at each failpoint")
    times: int = parser.parse_args().times
    configure_logging("json", "error")
    rotations: tuple[Rotation, ...] = ("lenient", "strict")
    for rotation in rotations:
        for point in FAILPOINTS:
            with tempfile.TemporaryDirectory() as folder:
                drill = run(point, rotation, times, Path(folder))
            print(f"{rotation:8} {point:20} {dict(drill.outcomes)}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
