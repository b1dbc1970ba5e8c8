"""A caller who goes without a word: the system asks after them, on every accepted connection."""

import os
import socket
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.cli.processes import Cli, answers, eventually
from tests.cli.test_workers import two_workers
from tests.support.ports import free_port

pytestmark = pytest.mark.thorough

_KEEPALIVE_TIMER = "02"
"""The kind of timer that runs for a connection, as /proc/net/tcp has it (proc(5))."""


@contextmanager
def one_process(folder: Path) -> Generator[int]:
    port = free_port()
    own = Cli(folder, {"GATEWAY_DATA_DIR": str(folder / "data")})
    with own.started("serve", "--port", str(port)):
        eventually(lambda: answers(f"http://127.0.0.1:{port}/readyz"), "ready")
        yield port


@contextmanager
def several(folder: Path) -> Generator[int]:
    with two_workers(folder) as gateway:
        yield int(gateway.url.rpartition(":")[2])


def timer_of(server: int, caller: int) -> tuple[str, float]:
    """Of the server's end of a connection between two ports: which runs, and for how many more
    seconds.
    """
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, ours, theirs, _, _, timer, *_ = line.split()
        if [int(one.partition(":")[2], 16) for one in (ours, theirs)] == [server, caller]:
            kind, _, ticks = timer.partition(":")
            return kind, int(ticks, 16) / os.sysconf("SC_CLK_TCK")
    return "", 0


@pytest.mark.parametrize("serving", [one_process, several])
def test_every_accepted_connection_is_asked_after_within_half_a_minute(
    tmp_path: Path, serving: Callable[[Path], AbstractContextManager[int]]
) -> None:
    with serving(tmp_path) as port, socket.create_connection(("127.0.0.1", port)) as caller:
        ours = caller.getsockname()[1]
        eventually(lambda: timer_of(port, ours)[0] == _KEEPALIVE_TIMER, "a timer", 15)
        assert timer_of(port, ours)[1] <= 30
        # The control: nobody asks after the gateway from here.
        assert timer_of(ours, port)[0] == "00"
