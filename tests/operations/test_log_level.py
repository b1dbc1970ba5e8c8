"""The level of a log that is being written: raised and set back by signals, in every process."""

import itertools
import json
import os
import signal
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.processes import eventually
from tests.cli.test_workers import Gateway, two_workers
from tests.support.canaries import leaks
from tests.support.clocks import SharedClock
from tests.support.gateway import Caller, calling
from tests.support.notion import Notion, serving_notion
from tests.support.processes import Running, gateway_process
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.thorough]

DEBUG_LINE = "lease_asked"


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(one) for one in log.read_text().splitlines() if one.endswith("}")]


def count(log: Path, event: str) -> int:
    return sum(one["event"] == event for one in lines(log))


def spaces(log: Path) -> set[str]:
    """Those that requests name."""
    return {one["space"] for one in lines(log) if "space" in one}


@asynccontextmanager
async def a_gateway(folder: Path, level: str) -> AsyncGenerator[tuple[Notion, Running, Caller]]:
    async with (
        serving_notion(clock=SharedClock(), mcp=RecordingMcp()) as notion,
        gateway_process(
            folder / "data", notion.url, folder / "gateway.log", GATEWAY_LOG_LEVEL=level
        ) as gateway,
        calling(gateway.url) as caller,
    ):
        yield notion, gateway, caller


async def told(gateway: Running, number: signal.Signals, changes: int) -> None:
    """Sends the signal, and waits until the log has said so many times that the level changed."""
    gateway.process.send_signal(number)
    await until(lambda: count(gateway.log, "log_level_changed") == changes)


@pytest.mark.promise("threats:18")
async def test_debug_comes_and_goes_with_two_signals_and_shows_no_secret(tmp_path: Path) -> None:
    async with a_gateway(tmp_path, "warning") as (notion, gateway, caller):

        async def renewed(space: str) -> None:
            """By force, whatever the time is."""
            await caller.connect(space)
            assert (await caller.call(space)).status == 200
            notion.expire_access_tokens()
            before = len(notion.wire.refreshes())
            answer = await caller.call(space, headers={"Cookie": "canary-of-the-caller-123456"})
            assert answer.status == 200
            assert len(notion.wire.refreshes()) == before + 1

        await renewed("before")
        assert lines(gateway.log) == [one for one in lines(gateway.log) if one["level"] != "info"]
        await told(gateway, signal.SIGUSR1, 1)
        gateway.process.send_signal(signal.SIGUSR1)  # once more changes nothing
        await renewed("during")
        await until(lambda: count(gateway.log, DEBUG_LINE) == 1)
        await until(lambda: "during" in spaces(gateway.log))
        await told(gateway, signal.SIGUSR2, 2)
        shown = len(lines(gateway.log))
        await renewed("after")
        await gateway.stop()
        after = [one["event"] for one in lines(gateway.log)[shown:]]
        written = gateway.log.read_bytes()
        secrets = {*notion.wire.secrets, "canary-of-the-caller-123456"}
        key = (tmp_path / "data" / "encryption.key").read_text().partition(":")[2].strip()

    # Requests of the last moments before the change are written after it.
    assert spaces(gateway.log) - {"before"} == {"during"}
    assert after == []
    assert len(notion.wire.refreshes()) == 3
    assert len(secrets) > 10
    assert leaks({*secrets, key}, {"log": written}) == []
    assert leaks({*secrets}, {"log": written + min(secrets).encode()}) != []  # it would be found
    changes = [one for one in lines(gateway.log) if one["event"] == "log_level_changed"]
    assert [(one["before"], one["to"]) for one in changes] == [
        ("warning", "debug"),
        ("debug", "warning"),
    ]
    wrote = f"{socket.gethostname()}/{gateway.process.pid}"
    assert {one["replica"] for one in lines(gateway.log)} == {wrote}


def test_the_parent_tells_its_workers_and_those_that_start_later(tmp_path: Path) -> None:
    with two_workers(tmp_path) as gateway:

        def at_debug() -> set[int]:
            """Processes whose last change was to debug."""
            last = {
                int(one["replica"].partition("/")[2]): one["to"]
                for one in lines(gateway.log)
                if one["event"] == "log_level_changed"
            }
            return {pid for pid, level in last.items() if level == "debug"}

        parent, first = gateway.process.pid, gateway.workers()
        gateway.process.send_signal(signal.SIGUSR1)
        eventually(lambda: at_debug() == {parent, *first}, "all are at debug")

        os.kill(min(first), signal.SIGKILL)
        eventually(lambda: len(gateway.workers() - first) == 1, "another one has started")
        (successor,) = gateway.workers() - first
        eventually(lambda: successor in at_debug(), "the successor is at debug")

        old = gateway.workers()
        gateway.process.send_signal(signal.SIGHUP)
        eventually(lambda: gateway.logged("handed_over") == 1, "handed_over")
        new = gateway.workers() - old
        eventually(lambda: new <= at_debug() and len(new) == 2, "the new ones are at debug")

        gateway.process.send_signal(signal.SIGUSR2)
        eventually(lambda: not at_debug() & {parent, *new}, "as they were set")
        assert gateway.process.poll() is None


def signalled_until(gateway: Gateway, event: str) -> None:
    """Again and again, so that some signals come while the new workers start: the parent knows of
    a worker only a moment after the system does.
    """
    numbers = itertools.cycle((signal.SIGUSR1, signal.SIGUSR2))
    gateway.process.send_signal(signal.SIGHUP)
    eventually(lambda: len(gateway.workers()) > 2, "new workers have begun to start")

    def is_logged() -> bool:
        gateway.process.send_signal(next(numbers))
        return gateway.logged(event) == 1

    eventually(is_logged, event)


def test_a_signal_while_workers_start_ends_none_of_them(tmp_path: Path) -> None:
    with two_workers(tmp_path) as gateway:
        signalled_until(gateway, "handed_over")
        assert gateway.logged("gateway_ready") == 4
        assert gateway.logged("worker_died") == 0


def test_a_signal_that_is_passed_on_to_them_at_once_ends_them(tmp_path: Path) -> None:
    """The control."""
    (tmp_path / "sitecustomize.py").write_text(
        "from notion_gateway.cli import workers\n"
        "workers._Workers._pass_on = lambda self, number: [\n"
        "    workers._signal(one, number) for one in self._living\n"
        "]\n"
    )
    with two_workers(tmp_path, PYTHONPATH=str(tmp_path)) as gateway:
        signalled_until(gateway, "hand_over_failed")
