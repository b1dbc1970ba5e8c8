"""Real gateways of versions before, taken from this repository's history, beside this version's on
one database, then alone on its tables, and back.

    python -m tests.faults.old_versions                     # the version before each migration
    python -m tests.faults.old_versions --before 0034 --database sqlite

``test_upgrades.py`` does the same with a version that is made up, and needs no history; this run
needs a checkout with all of it. Each gateway renews tokens that the other one uses, connects a
space that the other one calls, and sees whom the other one invites and removes. The old code runs
with the libraries of today.
"""

import argparse
import asyncio
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from notion_gateway.storage.schema import REVISION
from tests.faults.places import new_database, on
from tests.support.databases import running_postgres
from tests.support.first_messages import HEADERS, INITIALIZE
from tests.support.gateway import Caller, calling
from tests.support.longer_runs import told
from tests.support.processes import Running, gateway_process, simulator_process

_ROOT: Final = Path(__file__).parents[2]
_MIGRATIONS: Final = "src/notion_gateway/storage/migrations/versions"
_DATABASES: Final = ("sqlite", "postgresql")


class Differs(Exception):
    """One of the two does not do what it should beside the other."""


class StartsNowhere(Exception):
    """The old version's gateway does not start on tables of its own either: a commit that was not
    whole, and that nobody has used.
    """


def migrations_since_oldest() -> list[str]:
    """The numbers of those that a gateway may not know of and serve all the same: ``REVISION`` says
    the oldest version that serves its tables.
    """
    newest, oldest = re.findall(r"\d{4}", REVISION)
    return [f"{number:04}" for number in range(int(oldest) + 1, int(newest) + 1)]


def version_before(migration: str, folder: Path) -> Path:
    """What ``PYTHONPATH`` is set to for the last version that had not got the migration. Raises
    Differs where the history is not there.
    """
    added = _git("log", "--format=%H", "--diff-filter=A", "--", f"{_MIGRATIONS}/{migration}*")
    commits = added.decode().split()
    if not commits:
        raise Differs(f"the history does not say when {migration} came: a clone without it?")
    with tarfile.open(fileobj=io.BytesIO(_git("archive", f"{commits[-1]}^", "src"))) as tree:
        tree.extractall(folder, filter="data")
    return folder / "src"


def _git(*arguments: str) -> bytes:
    ran = subprocess.run(["git", *arguments], cwd=_ROOT, capture_output=True, check=False)  # noqa: S603, S607
    if ran.returncode:
        raise Differs(ran.stderr.decode().strip())
    return ran.stdout


@dataclass(frozen=True, slots=True)
class Drill:
    """``variables``: which database. ``old``: what ``PYTHONPATH`` is set to."""

    folder: Path
    notion: Running
    variables: Mapping[str, str]
    old: Path

    @property
    def notion_url(self) -> str:
        return f"http://localhost:{self.notion.port}"

    async def run(self) -> None:
        """Raises Differs or StartsNowhere."""
        await self._starts_anywhere()
        async with AsyncExitStack() as stack:
            here = await self._served(stack, "this version")
            await self._connected(here, "team")
            old = await self._served(stack, "the old version", PYTHONPATH=str(self.old))
            for one, other in ((old, here), (here, old)):
                await self._expire(one)
                await self._called(one, "team")
                await self._called(other, "team")
            await self._connected(old, "of-the-old-one")
            await self._called(here, "of-the-old-one")
            await self._people(old, here)
            await here.disconnect("of-the-old-one")
            ended = await old.call("of-the-old-one", json.dumps(INITIALIZE), headers=HEADERS)
            self._require(ended.reason == "not_connected", "the old one still calls", ended.body)
        for name, path in (("alone", {"PYTHONPATH": str(self.old)}), ("back", {})):
            async with AsyncExitStack() as stack:
                alone = await self._served(stack, name, **path)
                await self._expire(alone)
                await self._called(alone, "team")
                await self._connected(alone, name)
        for log in sorted(self.folder.glob("*.log")):
            self._require("Traceback" not in log.read_text(), log.name, log.read_bytes()[-4000:])

    async def _starts_anywhere(self) -> None:
        log, path = self.folder / "its own.log", str(self.old)
        try:
            async with gateway_process(
                self.folder / "own", self.notion_url, log, PYTHONPATH=path
            ) as gateway:
                await gateway.stop()
        except RuntimeError:
            raise StartsNowhere from None

    async def _served(self, stack: AsyncExitStack, name: str, **more: str) -> Caller:
        """Stopped as an operator stops it, so that its log is whole."""
        log = self.folder / f"{name}.log"
        variables = {**self.variables, **more}
        process: AbstractAsyncContextManager[Running] = gateway_process(
            self.folder / "data", self.notion_url, log, **variables
        )
        gateway = await stack.enter_async_context(process)
        stack.push_async_callback(gateway.stop)
        return await stack.enter_async_context(calling(gateway.url))

    async def _expire(self, caller: Caller) -> None:
        url = f"{self.notion_url}/_simulator/expire-access-tokens"
        answer = await caller.send("POST", url, user=None)
        self._require(answer.status < 300, "the simulator", answer.body)

    async def _connected(self, caller: Caller, space: str) -> None:
        consent = await caller.connect(space)
        self._require(consent.result["status"] == "success", "consent", repr(consent).encode())
        await self._called(caller, space)

    async def _called(self, caller: Caller, space: str) -> None:
        answer = await caller.call(space, json.dumps(INITIALIZE), headers=HEADERS)
        self._require(answer.status == 200, f"a call in {space}", answer.body)

    async def _people(self, old: Caller, here: Caller) -> None:
        """A space of the old one's, its people, and a token."""
        made = await old.send("POST", "/spaces", json={"name": "Old"})
        self._require(made.status == 201, "a space", made.body)
        space = made.json["space_id"]
        bob = f"/spaces/{space}/members/bob"
        for caller, method, path, body, status in (
            (here, "PUT", bob, {"role": "member"}, 202),
            (old, "DELETE", bob, None, 204),
            (old, "PUT", bob, {"role": "member"}, 202),
            (here, "DELETE", bob, None, 204),
            (old, "POST", f"/spaces/{space}/tokens", {"name": "script"}, 201),
        ):
            answer = await caller.send(method, path, json=body)
            self._require(answer.status == status, f"{method} {path}", answer.body)
        histories = [await one.events("team") for one in (old, here)]
        self._require(histories[0] == histories[1], "the history", repr(histories).encode())

    def _require(self, holds: bool, what: str, said: bytes) -> None:
        if not holds:
            raise Differs(f"{what}: {said.decode(errors='replace')}")


async def drill(before: str, database: str) -> None:
    """Raises Differs or StartsNowhere."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        variables: dict[str, str] = {}
        if database == "postgresql":
            servers = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            server = stack.enter_context(running_postgres(servers))
            place = on(server.url(await new_database(server)))
            keys = place["token_encryption_keys"].get_secret_value()
            variables = {"DATABASE_URL": place["database_url"], "TOKEN_ENCRYPTION_KEYS": keys}
        notion = simulator_process(folder / "simulator.log", "--auto-consent")
        running = await stack.enter_async_context(notion)
        await Drill(folder, running, variables, version_before(before, folder / "old")).run()


def run(migrations: Sequence[str], databases: Sequence[str]) -> int:
    failed: list[str] = []
    tried = 0
    for before in migrations:
        for database in databases:
            try:
                asyncio.run(drill(before, database))
                tried, said = tried + 1, "side by side, alone, and back"
            except StartsNowhere:
                said = "starts nowhere, and is not counted"
            except (Differs, RuntimeError) as fault:
                tried += 1
                failed.append(f"{before} on {database}")
                said = f"NOT: {fault}"
            print(f"before {before}, {database:10}  {said}", flush=True)  # noqa: T201 - a command's answer
    return told(
        f"old versions on {' and '.join(databases)}: {tried - len(failed)} of {tried} served beside"
        " this one and after it" + (f"; not before {', '.join(failed)}" if failed else ""),
        kept=tried > 0 and not failed,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--before", action="append", choices=migrations_since_oldest())
    parser.add_argument("--database", action="append", choices=_DATABASES)
    given = parser.parse_args()
    return run(given.before or migrations_since_oldest(), given.database or _DATABASES)


if __name__ == "__main__":
    sys.exit(main())
