"""Key rotations and rolling restarts beside each other's work, with callers and open streams.

    python -m tests.faults.deploys --rotations 10 --restarts 3 --streams 500
    python -m tests.faults.deploys --restarts 1 --rotations 1 --killed    # the negative control

Two real gateway processes on one SQLite file and one key file, which follow each new key, behind
something that sends calls to those that are up, as a load balancer does. Streams that a stopping
gateway ends are opened again at once. Keys are added and secrets re-wrapped from this process, as
``notion-gateway keys rotate`` does.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from notion_gateway.kernel.log import configure_logging
from notion_gateway.vault.keyring import FileKeyring
from notion_gateway.vault.rotation import open_rotation
from tests.faults import rollout, rotations
from tests.faults.listeners import Listeners
from tests.faults.rollout import SPACES, TOKEN_SECONDS, Fleet, at_work
from tests.faults.skipping_clock import SkippingClock
from tests.faults.strict_notion import strict_notion
from tests.support.asgi import answer
from tests.support.gateway import gateway_settings
from tests.support.longer_runs import told
from tests.support.upstreams import JSON_HEADERS, RPC_RESULT, WatchedMcp, forever
from tests.support.waiting import until

_REPLICAS = 2
_PATIENCE_SECONDS = 120.0


@dataclass(slots=True)
class Result:
    """Calls and restarts are ``fleet``'s. ``open``: streams in the end."""

    streams: Listeners
    fleet: rollout.Result = field(default_factory=rollout.Result)
    keys: rotations.Result = field(default_factory=rotations.Result)
    open: int = 0

    def kept(self, streams: int) -> bool:
        """Whether no call failed, no stream was cut, all came back, and every secret moved on."""
        cut = self.streams.cut or self.streams.refused
        behind = self.keys.unreadable or self.keys.left_behind
        return not (self.fleet.failed or cut or behind) and self.open == streams


class OnOneFile(Fleet):
    def variables(self, keys: Sequence[str]) -> dict[str, str]:
        """The key file beside the database has the keys."""
        del keys
        return {"PYTHONPATH": self.python_path()}


class KilledOnOneFile(OnOneFile):
    async def stop(self, replica: rollout.Replica) -> None:
        await replica.process.kill()


async def deploy(
    folder: Path,
    notion: str,
    clock: SkippingClock,
    callers: int,
    streams: int,
    counts: tuple[int, int],
    *,
    killed: bool,
) -> Result:
    """``counts`` of rotations and of rolling restarts. ``killed``: the gateways are not stopped."""
    kind = KilledOnOneFile if killed else OnOneFile
    settings = gateway_settings(folder, notion, 8000)
    FileKeyring.make(settings.key_file)
    fleet = kind(folder, notion, "", rollout.Result(), clock)
    result = Result(Listeners(fleet.one_that_is_up), fleet.result)
    try:
        for _ in range(_REPLICAS):
            await fleet.start(())
        async with (
            at_work(fleet, callers),
            result.streams.at_work(SPACES, streams, _PATIENCE_SECONDS),
            open_rotation(settings) as keys,
        ):
            for number in range(max(counts)):
                if number < counts[0]:
                    await fleet.let_expire()
                    await rotations.rotate_once(keys, result.keys)
                    await fleet.let_renew()  # what was re-wrapped has been opened
                if number < counts[1]:
                    await fleet.restart_all(())
                    await until(lambda: result.streams.open == streams, _PATIENCE_SECONDS)
            result.keys.left_behind = await rotations.left_behind(keys)
            result.open = result.streams.open
        result.keys.refreshes = await fleet.refreshes()
    finally:
        await fleet.close()
    return result


def _mcp() -> ASGIApp:
    """Whoever listens hears one thing, and then nothing more."""
    listening, calls = WatchedMcp(forever()), answer(200, RPC_RESULT, JSON_HEADERS)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        chosen = listening if scope["method"] == "GET" else calls
        await chosen(scope, receive, send)

    return app


def run_deploys(
    folder: Path,
    callers: int,
    streams: int,
    *,
    rotations: int,
    restarts: int,
    killed: bool = False,
) -> Result:
    clock = SkippingClock(folder / "clock")
    with strict_notion(TOKEN_SECONDS, mcp=_mcp(), clock=clock) as notion:
        counts = rotations, restarts
        return asyncio.run(
            deploy(folder, notion.url, clock, callers, streams, counts, killed=killed)
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rotations", type=int, default=10)
    parser.add_argument("--restarts", type=int, default=3)
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--callers", type=int, default=16)
    parser.add_argument("--killed", action="store_true", help="the negative control")
    arguments = parser.parse_args()
    configure_logging("json", "error")
    with tempfile.TemporaryDirectory() as folder:
        result = run_deploys(
            Path(folder),
            arguments.callers,
            arguments.streams,
            rotations=arguments.rotations,
            restarts=arguments.restarts,
            killed=arguments.killed,
        )
    return told(
        f"{arguments.rotations} rotations, {arguments.restarts} rolling restarts:"
        f" {result.fleet.answers.total():,} calls, {result.fleet.failed:,} failed;"
        f" {result.streams.ended:,} streams told and ended, {result.streams.cut:,} cut,"
        f" {result.open:,} of {arguments.streams:,} open in the end; {result.keys.rewrapped:,}"
        f" secrets moved, {result.keys.unreadable + result.keys.left_behind} not",
        kept=result.kept(arguments.streams),
    )


if __name__ == "__main__":
    raise SystemExit(main())
