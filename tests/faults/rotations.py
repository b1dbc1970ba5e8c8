"""Key rotations one after the other, while callers work through a gateway that knows nothing.

    python -m tests.faults.rotations --rotations 10 --callers 16

A real gateway process on its embedded default, whose access tokens live for two seconds: it
seals and opens all the time. Keys are added and secrets re-wrapped from this process, as
``notion-gateway keys rotate`` does.
"""

import argparse
import asyncio
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from notion_gateway.kernel.log import configure_logging
from notion_gateway.settings import Settings
from notion_gateway.vault.keyring import FileKeyring
from notion_gateway.vault.rotation import Keys, open_rotation
from tests.faults.rounds import CALL, HEADERS
from tests.faults.strict_notion import strict_notion
from tests.support.gateway import Caller, calling, gateway_settings
from tests.support.processes import gateway_process
from tests.support.waiting import until

_SPACES = 4
_TOKEN_SECONDS = 2


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


async def rotate_under_load(
    folder: Path, notion: str, rotations: int, callers: int, *, following: bool = True
) -> Result:
    """Without ``following`` the gateway keeps to the key that it started with."""
    settings = gateway_settings(folder, notion, 8000)
    FileKeyring.make(settings.key_file)
    fixed = {} if following else {"TOKEN_ENCRYPTION_KEYS": settings.key_file.read_text().strip()}
    log = folder / "gateway.log"
    result = Result()
    async with (
        gateway_process(folder, notion, log, **fixed) as process,
        calling(process.url) as caller,
    ):
        spaces = [f"space-{number}" for number in range(_SPACES)]
        for space in spaces:
            assert (await caller.connect(space)).result["status"] == "success"
        done = asyncio.Event()
        work = [
            asyncio.create_task(_work(caller, spaces[number % _SPACES], result, done))
            for number in range(callers)
        ]
        try:
            await until(lambda: result.answers.total() >= callers)
            await _rotate(settings, caller, notion, rotations, result)
        finally:
            done.set()
            await asyncio.gather(*work)
    return result


async def _work(caller: Caller, space: str, result: Result, done: asyncio.Event) -> None:
    while not done.is_set():
        answer = await caller.call(space, CALL, headers=HEADERS)
        result.answers[answer.status] += 1


async def _rotate(
    settings: Settings, caller: Caller, notion: str, rotations: int, result: Result
) -> None:
    async with open_rotation(settings) as keys:
        for _ in range(rotations):
            await rotate_once(keys, result)
            # As many renewals as there are spaces: what was re-wrapped has been opened.
            wanted = await _refreshes(caller.http, notion) + _SPACES
            await _await_refreshes(caller.http, notion, wanted, result)
        result.left_behind = await left_behind(keys)
    result.refreshes = await _refreshes(caller.http, notion)


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


async def _refreshes(http: aiohttp.ClientSession, notion: str) -> int:
    async with http.get(f"{notion}/_simulator/counters") as answer:
        counters = await answer.json()
    return counters["token_requests"].get("refresh_token", {}).get("ok", 0)


async def _await_refreshes(
    http: aiohttp.ClientSession, notion: str, wanted: int, result: Result
) -> None:
    path = f"/_simulator/wait?path=token_requests.refresh_token.ok&at_least={wanted}"
    while True:
        async with http.get(f"{notion}{path}&timeout_seconds=1") as answer:
            if answer.ok or result.failed:  # what has failed will not renew any more
                return


def run_rotations(folder: Path, rotations: int, callers: int, *, following: bool = True) -> Result:
    with strict_notion(_TOKEN_SECONDS) as notion:
        load = rotate_under_load(folder, notion.url, rotations, callers, following=following)
        return asyncio.run(load)


def main() -> None:
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
    print(result, f"failed: {result.failed}")  # noqa: T201


if __name__ == "__main__":
    main()
