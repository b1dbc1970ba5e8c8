"""serve --workers: one address, several processes, one set of limits."""

import json
import os
import signal
import socket
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.cli.processes import (
    Cli,
    answers,
    bare_environment,
    ended_after,
    eventually,
    finish,
    status,
)
from tests.support.forked import Started, started
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.thorough

LIMIT = 60


@dataclass(frozen=True, slots=True)
class Gateway:
    url: str
    cli: Cli
    log: Path
    process: Started

    def workers(self) -> set[int]:
        pid = self.process.pid
        return {int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}

    def logged(self, event: str) -> int:
        return self.log.read_text().count(f'"{event}"')


@contextmanager
def two_workers(folder: Path, **variables: str) -> Generator[Gateway]:
    """Ready ones."""
    port, log = free_port(), folder / "gateway.log"
    own = {"GATEWAY_DATA_DIR": str(folder / "data")}
    cli = Cli(folder, own)
    with log.open("w") as file:
        process = started(
            [*cli.program, "serve", "--workers", "2", "--port", str(port)],
            cwd=folder,
            env=bare_environment() | own | variables,
            stdout=file,
            stderr=file,
        )
    with ended_after(process):
        found = Gateway(f"http://127.0.0.1:{port}", cli, log, process)
        eventually(lambda: found.logged("workers_ready") == 1, "workers_ready")
        yield found


IN_ONE_MINUTE = """
from notion_gateway.access.rate_limiter import SharedRateLimiter
SharedRateLimiter.__init__.__kwdefaults__["monotonic"] = lambda: 0.0
"""
"""By the limit's clock all calls come in the same minute, however long they take."""
WITHOUT_SHARING = """
from notion_gateway.kernel.worker_counts import CountTable
CountTable._of_others = lambda self, hashed: 0
"""


WITHOUT_INHERITING = """
from notion_gateway.kernel import worker_counts
worker_counts._inherit = lambda *_: None
"""


def let_through(folder: Path, bent: str, between: Callable[[Gateway], None] | None = None) -> int:
    """Of three times the limit, each over a connection of its own. ``between``: what happens once
    as many came as the limit lets through.
    """
    (folder / "sitecustomize.py").write_text(bent)
    variables = {"GATEWAY_CALLS_PER_MINUTE": str(LIMIT), "PYTHONPATH": str(folder)}
    with two_workers(folder, **variables) as gateway:
        made = gateway.cli("spaces", "create", "Team", "--user", "ada", "--json")
        space = json.loads(made.out)["space_id"]
        made = gateway.cli("tokens", "create", "--space", space, "--user", "ada", "--json")
        headers = {"Authorization": f"Bearer {json.loads(made.out)['token']}"}
        url = f"{gateway.url}/integrations/notion/{space}"
        codes = [status(url, headers=headers) for _ in range(LIMIT)]
        if between is not None:
            between(gateway)
        codes += [status(url, headers=headers) for _ in range(2 * LIMIT)]
    assert set(codes) == {200, 429}
    return codes.count(200)


def hand_over(gateway: Gateway) -> None:
    before = gateway.workers()
    gateway.process.send_signal(signal.SIGHUP)
    eventually(lambda: not before & gateway.workers(), "the old ones have ended")


def kill_all(gateway: Gateway) -> None:
    for one in gateway.workers():
        os.kill(one, signal.SIGKILL)
    eventually(lambda: gateway.logged("gateway_ready") == 4, "their successors")


def test_a_limit_holds_for_all_workers_together(tmp_path: Path) -> None:
    assert let_through(tmp_path, IN_ONE_MINUTE) == LIMIT


def test_workers_that_do_not_share_let_twice_as_much_through(tmp_path: Path) -> None:
    assert let_through(tmp_path, IN_ONE_MINUTE + WITHOUT_SHARING) == 2 * LIMIT


@pytest.mark.parametrize("between", [hand_over, kill_all])
def test_a_limit_holds_across_workers_that_end(
    tmp_path: Path, between: Callable[[Gateway], None]
) -> None:
    assert let_through(tmp_path, IN_ONE_MINUTE, between) == LIMIT


def test_without_what_they_had_counted_twice_as_much_is_let_through(tmp_path: Path) -> None:
    """The control."""
    bent = IN_ONE_MINUTE + WITHOUT_INHERITING
    assert let_through(tmp_path, bent, hand_over) == 2 * LIMIT


@contextmanager
def always_answering(gateway: Gateway) -> Generator[None]:
    """Asks all through the block, over a new connection each time: every answer is good."""
    stop, faults, count = Event(), list[str](), [0]

    def ask() -> None:
        while not stop.is_set():
            count[0] += 1
            if not answers(f"{gateway.url}/readyz"):
                faults.append(f"call {count[0]} failed")

    asking = Thread(target=ask)
    asking.start()
    try:
        yield
    finally:
        stop.set()
        asking.join()
    assert not faults
    assert count[0] > 2


def test_a_worker_that_dies_is_started_again(tmp_path: Path) -> None:
    with two_workers(tmp_path) as gateway:
        before = gateway.workers()
        assert len(before) == 2
        victim = min(before)
        os.kill(victim, signal.SIGKILL)
        eventually(lambda: gateway.logged("gateway_ready") == 3, "a third worker")

        after = gateway.workers()
        assert len(after) == 2
        assert victim not in after
        assert gateway.logged("worker_died") == 1
        assert all(answers(f"{gateway.url}/readyz") for _ in range(20))


def test_who_connects_while_a_worker_is_away_waits_and_is_answered(tmp_path: Path) -> None:
    with two_workers(tmp_path) as gateway, ExitStack() as stack:
        port = int(gateway.url.rpartition(":")[2])
        os.kill(min(gateway.workers()), signal.SIGKILL)
        callers = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS))
            for _ in range(20)
        ]
        for one in callers:
            one.sendall(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert gateway.logged("gateway_ready") == 2, "nobody has taken the dead one's place yet"

        assert {one.recv(12) for one in callers} == {b"HTTP/1.1 200"}


def test_a_second_hand_over_waits_for_the_first_and_says_so(tmp_path: Path) -> None:
    with two_workers(tmp_path) as gateway:
        port = int(gateway.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as caller:
            caller.sendall(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert caller.recv(12) == b"HTTP/1.1 200"
            gateway.process.send_signal(signal.SIGHUP)
            eventually(lambda: gateway.logged("handed_over") == 1, "a hand-over")
            assert gateway.logged("hand_over_waits") == 0
            gateway.process.send_signal(signal.SIGHUP)  # the caller holds an old worker
            eventually(lambda: gateway.logged("hand_over_waits") == 1, "that the other waits")
            assert gateway.logged("handed_over") == 1
        eventually(lambda: gateway.logged("handed_over") == 2, "the other hand-over")


def test_new_workers_with_new_settings_take_over_and_no_call_fails(tmp_path: Path) -> None:
    with two_workers(tmp_path) as gateway:
        before = gateway.workers()
        (tmp_path / ".env").write_text("NOTION_MCP_URL=https://other.example/mcp\n")
        with always_answering(gateway):
            gateway.process.send_signal(signal.SIGHUP)
            eventually(
                lambda: gateway.logged("handed_over") == 1 and not before & gateway.workers(),
                "the old ones have ended",
            )

        assert len(gateway.workers()) == 2
        assert gateway.logged("https://other.example/mcp") == 2


def test_settings_that_cannot_be_right_leave_the_old_workers(tmp_path: Path) -> None:
    with two_workers(tmp_path) as gateway:
        before = gateway.workers()
        (tmp_path / ".env").write_text("NOTION_MCP_URL=nonsense\n")
        with always_answering(gateway):
            gateway.process.send_signal(signal.SIGHUP)
            eventually(lambda: gateway.logged("hand_over_failed") == 1, "it is logged")

        assert "NOTION_MCP_URL" in gateway.log.read_text()
        eventually(lambda: gateway.workers() == before, "only the old ones are left")


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    with two_workers(tmp_path) as gateway:
        gateway.process.kill()
        eventually(lambda: not answers(f"{gateway.url}/healthz"), "nobody answers")
        eventually(
            lambda: gateway.log.read_text().count("Finished server process") == 2, "both stopped"
        )


def test_sigterm_ends_all_of_them(tmp_path: Path) -> None:
    with two_workers(tmp_path) as gateway:
        gateway.process.terminate()
        assert gateway.process.wait(PATIENCE_SECONDS) == 0
        assert gateway.log.read_text().count("Finished server process") == 2


def test_a_worker_that_cannot_start_is_given_up_after_growing_pauses(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, os, time\n"
        "if 'notion_gateway.cli.worker' in sys.orig_argv:\n"
        "    place, = [one for one in sys.orig_argv if one.startswith('--place=')]\n"
        "    with open('starts', 'a') as file: print(place, time.monotonic(), file=file)\n"
        "    os._exit(7)\n"
    )
    cli = Cli(tmp_path, {"GATEWAY_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(tmp_path)})
    with cli.started("serve", "--workers", "2", "--port", str(free_port())) as process:
        ran = finish(process, 2 * PATIENCE_SECONDS)

    assert ran.code == 1
    assert "exit code 7" in ran.err
    assert "Traceback" not in ran.err
    starts = [line.split() for line in (tmp_path / "starts").read_text().splitlines()]
    times = [[float(at) for place, at in starts if place == f"--place={one}"] for one in (0, 1)]
    longest = max(times, key=len)
    assert len(longest) == 6
    pauses = [after - before for before, after in pairwise(longest)]
    assert all(pause >= least for pause, least in zip(pauses, (0, 0.5, 1, 2, 4), strict=True))


def hanging_worker(gateway: Gateway) -> int:
    """One that no longer hears signals that it could heed."""
    one = min(gateway.workers())
    os.kill(one, signal.SIGSTOP)
    return one


def test_a_worker_that_hangs_is_killed_when_its_time_is_up(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'notion_gateway.cli.worker' in sys.orig_argv:\n"
        "    from notion_gateway.http import server\n"
        "    server._CLOSE_SECONDS = 1.0\n"
    )
    variables = {"GATEWAY_SHUTDOWN_DRAIN_SECONDS": "1", "PYTHONPATH": str(tmp_path)}
    with two_workers(tmp_path, **variables) as gateway:
        hanging = hanging_worker(gateway)
        began = time.monotonic()
        gateway.process.terminate()
        assert gateway.process.wait(PATIENCE_SECONDS) == 0
        assert time.monotonic() - began >= 2
        assert not Path(f"/proc/{hanging}").exists()
        assert gateway.logged("workers_killed") == 1


def test_a_worker_that_does_nothing_for_long_is_killed_and_started_again(tmp_path: Path) -> None:
    with two_workers(tmp_path, GATEWAY_HUNG_WORKER_SECONDS="2") as gateway:
        hanging = hanging_worker(gateway)
        eventually(lambda: gateway.logged("gateway_ready") == 3, "a third worker")
        assert gateway.logged("worker_hung") == 1
        assert hanging not in gateway.workers()
        assert all(answers(f"{gateway.url}/readyz") for _ in range(20))


def test_a_parent_that_stood_still_kills_no_worker(tmp_path: Path) -> None:
    with two_workers(tmp_path, GATEWAY_HUNG_WORKER_SECONDS="2") as gateway:
        before = gateway.workers()
        gateway.process.send_signal(signal.SIGSTOP)
        time.sleep(5)  # what is waited for is that nothing comes of it
        gateway.process.send_signal(signal.SIGCONT)
        time.sleep(2)
        assert gateway.workers() == before
        assert gateway.logged("worker_hung") == 0


def test_without_the_limit_a_worker_that_does_nothing_stays(tmp_path: Path) -> None:
    with two_workers(tmp_path, GATEWAY_HUNG_WORKER_SECONDS="0") as gateway:
        hanging = hanging_worker(gateway)
        time.sleep(5)
        assert hanging in gateway.workers()
        os.kill(hanging, signal.SIGCONT)


def test_a_second_signal_kills_them_at_once(tmp_path: Path) -> None:
    """The first one alone would wait for the one that hangs for ten minutes."""
    with two_workers(tmp_path, GATEWAY_SHUTDOWN_DRAIN_SECONDS="600") as gateway:
        hanging = hanging_worker(gateway)
        gateway.process.terminate()
        eventually(lambda: len(gateway.workers()) == 1, "the other one has ended")
        time.sleep(0.6)  # what comes sooner is the same signal, told twice
        gateway.process.terminate()
        assert gateway.process.wait(PATIENCE_SECONDS) == 0
        assert not Path(f"/proc/{hanging}").exists()


def test_a_removed_member_is_refused_by_every_worker(tmp_path: Path) -> None:
    with two_workers(tmp_path) as gateway:
        cli = gateway.cli
        made = cli("spaces", "create", "Team", "--user", "ada", "--json")
        space = json.loads(made.out)["space_id"]
        assert cli("spaces", "add-member", space, "bob").code == 0
        made = cli("tokens", "create", "--space", space, "--user", "bob", "--json")
        bearer = {"Authorization": f"Bearer {json.loads(made.out)['token']}"}

        def codes() -> set[int]:
            """From so many connections that each worker has some of them."""
            url = f"{gateway.url}/integrations/notion/{space}"
            return {status(url, headers=bearer) for _ in range(16)}

        assert codes() == {200}
        assert cli("spaces", "remove-member", space, "bob").code == 0
        eventually(lambda: codes() <= {401, 403}, "every worker refuses")


def test_an_address_that_is_taken_is_refused_once(tmp_path: Path) -> None:
    with two_workers(tmp_path) as gateway:
        port = gateway.url.rpartition(":")[2]
        ran = gateway.cli("serve", "--workers", "2", "--port", port)

    assert ran.code == 3
    assert ran.err.count("is taken") == 1
