"""What docs/logs.md asks of the log, its very commands answer, from a real run of several
replicas.
"""

import re
import signal
import socket
import sqlite3
import subprocess
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notion_gateway import __version__
from tests.cli.processes import ROOT
from tests.support.clocks import SharedClock
from tests.support.gateway import Caller, calling
from tests.support.notion import Notion, serving_notion
from tests.support.processes import Running, gateway_process
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.thorough]

PAGE = (ROOT / "docs" / "logs.md").read_text()
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()
]
DAY_SECONDS = 24 * 3600
TRACED = {"GATEWAY_TRACES": "1", "OTEL_TRACES_SAMPLER": "always_off"}
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
OTHER_LINE = "Error: not one of the gateway's lines\n"


def command(*parts: str) -> str:
    """The page's one command that has all of these in it."""
    (found,) = [one for one in COMMANDS if all(part in one for part in parts)]
    return found


def answered(asked: str, folder: Path, **named: str) -> list[list[str]]:
    """What the shell prints for it in a folder with ``gateway.log``: the cells of each row, without
    the time that it begins with, where it does.
    """
    for placeholder, value in named.items():
        asked = asked.replace(f'"{placeholder}"', f'"{value}"')
    ran = subprocess.run(  # noqa: S602 - a command of our own page, and it has pipes
        asked, shell=True, cwd=folder, capture_output=True, text=True, check=True
    )
    assert ran.stderr == ""
    rows = [line.split("\t") for line in ran.stdout.splitlines()]
    timed = "[.timestamp" in asked
    times = [datetime.fromisoformat(row[0]) for row in rows if timed]
    assert times == sorted(times)
    return [row[1:] if timed else row for row in rows]


def replica(one: Running) -> str:
    return f"{socket.gethostname()}/{one.process.pid}"


@dataclass(frozen=True, slots=True)
class Place:
    """Two replicas on one database."""

    folder: Path
    notion: Notion
    first: Running
    second: Running
    ask_first: Caller
    ask_second: Caller

    def collected(self) -> Path:
        """The folder, with what every replica wrote in one file, and a line of something else."""
        parts = [one.read_text() for one in sorted(self.folder.glob("replica-*.log"))]
        (self.folder / "gateway.log").write_text(OTHER_LINE.join([*parts, ""]))
        return self.folder

    async def renewing_call(self, caller: Caller, space: str, name: str) -> str:
        """Calls until one has had the token renewed; that one's request id."""
        before, number = len(self.notion.wire.refreshes()), 0
        while len(self.notion.wire.refreshes()) == before:
            number += 1
            headers = {"X-Request-ID": f"{name}-{number:05}"}
            assert (await caller.call(space, headers=headers)).status == 200
        return f"{name}-{number:05}"

    async def end(self) -> None:
        await self.first.stop()
        await self.second.stop()


@asynccontextmanager
async def a_place(folder: Path) -> AsyncGenerator[Place]:
    async with AsyncExitStack() as stack:
        notion = await stack.enter_async_context(
            serving_notion(clock=SharedClock(), mcp=RecordingMcp())
        )
        first, second = [
            await stack.enter_async_context(
                gateway_process(
                    folder / "data", notion.url, folder / f"replica-{number}.log", **TRACED
                )
            )
            for number in (1, 2)
        ]
        ask_first = await stack.enter_async_context(calling(first.url))
        ask_second = await stack.enter_async_context(calling(second.url))
        yield Place(folder, notion, first, second, ask_first, ask_second)


async def test_who_was_refused_and_why_and_which_replica_served_a_request(tmp_path: Path) -> None:
    async with a_place(tmp_path) as place:
        for caller, user, space in (
            (place.ask_first, "ada", "team"),
            (place.ask_second, "eve", "elsewhere"),
        ):
            said = f"00-{TRACE}-00f067aa0ba902b7-01"
            headers = {"X-Request-ID": f"refused-{user}", "traceparent": said}
            refused = await caller.call(space, user=user, headers=headers)
            assert refused.reason == "not_connected"
        stranger = await place.ask_second.call(
            "team",
            user=None,
            headers={"Authorization": "Bearer nmgp_wrong", "X-Request-ID": "refused-stranger"},
        )
        assert stranger.reason == "unauthenticated"
        assert (await place.ask_first.connect("team")).result["status"] == "success"
        ids = {
            name: (await caller.call("team")).headers["X-Request-ID"]
            for name, caller in (("first", place.ask_first), ("second", place.ask_second))
        }
        for number, level in ((signal.SIGUSR1, "debug"), (signal.SIGUSR2, "info")):
            place.first.process.send_signal(number)
            await until(lambda to=level: f'"to": "{to}"' in place.first.log.read_text())
        await place.end()
        first, second = replica(place.first), replica(place.second)
        folder = place.collected()

    assert answered(command('"TRACE"'), folder, TRACE=TRACE) == [
        [first, "401", "ada", "team", "refused-ada"],
        [second, "401", "eve", "elsewhere", "refused-eve"],
    ]
    assert answered(command(".status, .reason"), folder) == [
        ["401", "not_connected", "ada", "team", "refused-ada"],
        ["401", "not_connected", "eve", "elsewhere", "refused-eve"],
        ["401", "unauthenticated", "-", "-", "refused-stranger"],
    ]
    counted = answered(command("[.reason, .user"), folder)
    assert sorted(" ".join(row).split() for row in counted) == [
        ["1", "not_connected", "ada", "team"],
        ["1", "not_connected", "eve", "elsewhere"],
        ["1", "unauthenticated", "-", "-"],
    ]
    ((address, detail, request_id),) = answered(command("credential_refused"), folder)
    assert (address, request_id) == ("127.0.0.1", "refused-stranger")
    assert "token" in detail

    for name, served_by in (("first", first), ("second", second)):
        rows = answered(command('"ID"'), folder, ID=ids[name])
        assert [row[:3] for row in rows] == [[served_by, "request", "200"]]
        assert float(rows[0][3]) > 0
    refusal = answered(command('"ID"'), folder, ID="refused-stranger")
    assert [row[:3] for row in refusal] == [
        [second, "credential_refused", "-"],
        [second, "request", "401"],
    ]
    per_replica = answered(command("[.replica, .status]"), folder)
    assert [second, "401"] in [" ".join(row).split()[1:] for row in per_replica]
    assert sorted(answered(command("gateway_ready"), folder)) == sorted(
        [[first, __version__], [second, __version__]]
    )
    assert answered(command("log_level_changed"), folder) == [
        [first, "info", "debug"],
        [first, "debug", "info"],
    ]


async def test_why_a_token_was_renewed_and_when_a_grant_ended(tmp_path: Path) -> None:
    async with a_place(tmp_path) as place:
        notion, one, other = place.notion, place.ask_first, place.ask_second
        await one.connect("team")
        notion.change(access_token_lifetime_seconds=1)
        await one.connect("team")  # in place of the first grant
        expiry = datetime.fromisoformat((await one.status("team"))["access_token_expires_at"])
        notion.change(access_token_lifetime_seconds=3600)
        await until(lambda: datetime.now(UTC) > expiry)
        due = await place.renewing_call(other, "team", "due")
        notion.expire_access_tokens()
        refused = await place.renewing_call(one, "team", "refused")
        assert (await other.call("team")).status == 200  # adopts the new token
        await one.send("POST", f"{notion.url}/_simulator/revoke-grants", user=None)
        assert (await other.call("team")).reason == "reconnect_required"
        await one.connect("team")
        await one.disconnect("team")
        notion.change(access_token_lifetime_seconds=1)
        await one.connect("idle")
        grants = [
            event["process_id"] for event in await one.events("team") if event.get("process_id")
        ]
        await place.end()

        with sqlite3.connect(tmp_path / "data" / "gateway.sqlite3") as database:
            database.execute("UPDATE secrets SET created_at = created_at - ?", (21 * DAY_SECONDS,))
        database.close()
        before = len(notion.wire.refreshes())
        async with gateway_process(
            tmp_path / "data", notion.url, tmp_path / "replica-3.log"
        ) as third:
            await until(lambda: '"token_refreshed"' in third.log.read_text())
            await third.stop()
        assert len(notion.wire.refreshes()) > before
        folder = place.collected()

    first, second = replica(place.first), replica(place.second)
    renewed = command("token_refreshed")
    assert answered(renewed, folder, SPACE="team") == [
        ["due", second, due],
        ["refused", first, refused],
    ]
    assert answered(renewed, folder, SPACE="idle") == [["idle", replica(third), "-"]]
    (failed,) = answered(command(".renewal and"), folder, SPACE="team")
    assert failed[0] == "authorization_failed"
    assert failed[2:] == [second, "invalid_grant"]

    initial, replacing, last = dict.fromkeys(grants)
    assert answered(command(".replaced // .process_id"), folder, SPACE="team") == [
        ["connected", initial, "ada"],
        ["authorization_failed", replacing, "invalid_grant"],
        ["disconnected", last, "ada"],
    ]


def test_every_command_of_the_page_is_tried() -> None:
    """By the two tests above."""
    tried = {
        command(".status, .reason"),
        command("[.reason, .user"),
        command("credential_refused"),
        command('"ID"'),
        command("[.replica, .status]"),
        command("gateway_ready"),
        command("token_refreshed"),
        command(".renewal and"),
        command(".replaced // .process_id"),
        command("log_level_changed"),
        command('"TRACE"'),
    }
    assert tried == set(COMMANDS)
