"""Key rotations one after the other, while callers work through a gateway that knows nothing.

    python -m tests.faults.rotations --rotations 10 --callers 16

A real gateway process on its embedded default. Before every rotation, and after it, all access
tokens expire: it seals new ones, and opens what was sealed anew. Keys are added and secrets
re-wrapped from this process, as ``notion-gateway keys rotate`` does.
"""

import argparse
import asyncio
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from notion_gateway.kernel.log import configure_logging
from notion_gateway.settings import Settings
from notion_gateway.vault.keyring import FileKeyring
from notion_gateway.vault.rotation import Keys, open_rotation
from tests.faults.rounds import CALL, HEADERS
from tests.faults.skipping_clock import SkippingClock
from tests.faults.strict_notion import strict_notion
from tests.support.gateway import Caller, calling, gateway_settings
from tests.support.longer_runs import told
from tests.support.processes import gateway_process
from tests.support.waiting import until, until_told

_SPACES = 4
_TOKEN_SECONDS = 3600


@dataclass(slots=True)
class Result:
    """``answers`` counts the callers' by HTTP status. ``unreadable``: secrets that a rotation
    could not open. ``left_behind``: secrets that are not under the newest key in the end.
    """

    rotations: int = 0
    refreshes: int = 0
    rewrapped: int = 0
    unreadable: int = 0
    left_behind: int = 0
    answers: Counter[int] = field(default_factory=Counter[int])

    @property
    def failed(self) -> int:
        return self.answers.total() - self.answers[200]

    @property
    def kept(self) -> bool:
        """Whether no call failed, and every secret moved on."""
        return not (self.failed or self.unreadable or self.left_behind)


async def rotate_under_load(
    folder: Path,
    notion: str,
    clock: SkippingClock,
    rotations: int,
    callers: int,
    *,
    following: bool = True,
) -> Result:
    """Without ``following`` the gateway keeps to the key that it started with."""
    settings = gateway_settings(folder, notion, 8000)
    FileKeyring.make(settings.key_file)
    fixed = {} if following else {"TOKEN_ENCRYPTION_KEYS": settings.key_file.read_text().strip()}
    log = folder / "gateway.log"
    result = Result()
    async with (
        gateway_process(folder, notion, log, PYTHONPATH=clock.python_path(), **fixed) as process,
        calling(process.url) as caller,
    ):
        spaces = [f"space-{number}" for number in range(_SPACES)]
        for space in spaces:
            assert (await caller.connect(space)).result["status"] == "success"
        load = _Load(caller, notion, clock, result)
        work = [
            asyncio.create_task(load.call_all_the_time(spaces[number % _SPACES]))
            for number in range(callers)
        ]
        try:
            await until(lambda: result.answers.total() >= callers)
            await _rotate(settings, load, rotations)
        finally:
            load.is_over = True
            await asyncio.gather(*work)
    return result


@dataclass
class _Load:
    """Callers at one gateway, which goes by ``clock`` as Notion does. ``calls`` counts those under
    way.
    """

    caller: Caller
    notion: str
    clock: SkippingClock
    result: Result
    calls: int = 0
    is_over: bool = False
    may_call: asyncio.Event = field(default_factory=asyncio.Event)

    async def call_all_the_time(self, space: str) -> None:
        self.may_call.set()
        while not self.is_over:
            await self.may_call.wait()
            self.calls += 1
            answer = await self.caller.call(space, CALL, headers=HEADERS)
            self.calls -= 1
            self.result.answers[answer.status] += 1

    async def let_expire(self) -> int:
        """Every access token, at once. No call is under way just then, so that none meets the end
        of two. How many renewals there have been so far.
        """
        self.may_call.clear()
        await until(lambda: not self.calls)
        so_far = await self.refreshes()
        self.clock.skip(_TOKEN_SECONDS + 1)
        self.may_call.set()
        return so_far

    async def let_renew(self) -> None:
        """Lets the tokens expire, and returns when all are renewed; what has failed will not renew
        any more.
        """
        wanted = await self.let_expire() + _SPACES

        async def renewed() -> bool:
            return bool(self.result.failed) or await self.refreshes() >= wanted

        await until_told(renewed)

    async def refreshes(self) -> int:
        counters = (await self.caller.get(f"{self.notion}/_simulator/counters", user=None)).json
        refreshes: int = counters["token_requests"].get("refresh_token", {}).get("ok", 0)
        return refreshes


async def _rotate(settings: Settings, load: _Load, rotations: int) -> None:
    result = load.result
    async with open_rotation(settings) as keys:
        for _ in range(rotations):
            await load.let_expire()
            await rotate_once(keys, result)
            await load.let_renew()  # what was re-wrapped has been opened
        result.left_behind = await left_behind(keys)
    result.refreshes = await load.refreshes()


async def rotate_once(keys: Keys, result: Result) -> None:
    assert keys.add is not None
    keys.add()
    rotation = await keys.rotate.run()
    result.rotations += 1
    result.rewrapped += rotation.rewrapped
    result.unreadable += rotation.unreadable


async def left_behind(keys: Keys) -> int:
    """How many secrets are not under the newest key."""
    newest, usage = keys.ids()[0], await keys.secrets.count_by_key()
    return sum(usage.values()) - usage.get(newest, 0)


def run_rotations(folder: Path, rotations: int, callers: int, *, following: bool = True) -> Result:
    clock = SkippingClock(folder / "clock")
    with strict_notion(_TOKEN_SECONDS, clock=clock) as notion:
        load = rotate_under_load(folder, notion.url, clock, rotations, callers, following=following)
        return asyncio.run(load)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rotations", type=int, default=10)
    parser.add_argument("--callers", type=int, default=16)
    parser.add_argument("--without-following", action="store_true", help="the negative control")
    arguments = parser.parse_args()
    configure_logging("json", "error")
    with tempfile.TemporaryDirectory() as folder:
        result = run_rotations(
            Path(folder),
            arguments.rotations,
            arguments.callers,
            following=not arguments.without_following,
        )
    return told(
        f"{result.rotations} rotations: {result.answers.total():,} calls, {result.failed:,} failed;"
        f" {result.refreshes:,} renewals meanwhile; {result.rewrapped:,} secrets moved,"
        f" {result.unreadable + result.left_behind} not",
        kept=result.kept,
    )


if __name__ == "__main__":
    raise SystemExit(main())
