"""serve --workers while workers cannot be started: the others go on, and it is tried again."""

import os
import signal
from pathlib import Path

import pytest

from tests.cli.processes import answers, eventually
from tests.cli.test_workers import Gateway, two_workers
from tests.faults.places import settings_on
from tests.support.databases import running_postgres

pytestmark = pytest.mark.thorough

MANY = 7
"""Deaths of one worker: more than end a gateway none of whose workers can start."""
WHERE_TOLD = """
import asyncio, errno, os, pathlib, sys
TOLD = pathlib.Path(os.environ["TOLD"])
if "notion_gateway.cli.worker" in sys.orig_argv and TOLD.exists() and TOLD.read_text() != "no":
    os._exit(int(TOLD.read_text()))
if "notion_gateway.cli.parent" in sys.orig_argv:
    from notion_gateway.cli import workers
    workers._PAUSES_SECONDS = (0.0, 0.05, 0.05, 0.05, 0.05)
    workers._LONGEST_PAUSE_SECONDS = 0.1
    start = asyncio.create_subprocess_exec
    async def refusing(*arguments, **options):
        if TOLD.exists() and TOLD.read_text() == "no":
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        return await start(*arguments, **options)
    asyncio.create_subprocess_exec = refusing
"""
"""While the file holds an exit code, new workers end with it; with ``no``, none is started."""


def bent(folder: Path, **variables: str) -> dict[str, str]:
    (folder / "sitecustomize.py").write_text(WHERE_TOLD)
    return {"PYTHONPATH": str(folder), "TOLD": str(folder / "told"), **variables}


def kill(*workers: int) -> None:
    for one in workers:
        os.kill(one, signal.SIGKILL)


def is_whole_again(gateway: Gateway, lost: int = 1) -> None:
    eventually(lambda: len(gateway.workers()) == 2, "two workers")
    eventually(lambda: gateway.logged("gateway_ready") >= 2 + lost, "new workers are ready")
    assert all(answers(f"{gateway.url}/readyz") for _ in range(10))


def test_while_another_worker_serves_one_that_cannot_start_is_tried_again_and_again(
    tmp_path: Path,
) -> None:
    with two_workers(tmp_path, **bent(tmp_path)) as gateway:
        (tmp_path / "told").write_text("7")
        victim, other = sorted(gateway.workers())
        kill(victim)
        eventually(lambda: gateway.logged("worker_died") > MANY, "many deaths")
        assert other in gateway.workers()
        assert all(answers(f"{gateway.url}/readyz") for _ in range(10))
        (tmp_path / "told").unlink()
        is_whole_again(gateway)


def test_workers_that_what_they_need_is_missing_for_are_tried_again_even_if_none_is_left(
    tmp_path: Path,
) -> None:
    with two_workers(tmp_path, **bent(tmp_path)) as gateway:
        (tmp_path / "told").write_text("3")
        kill(*gateway.workers())
        eventually(lambda: gateway.logged("worker_died") > 2 * MANY, "many deaths")
        (tmp_path / "told").unlink()
        is_whole_again(gateway, lost=2)


def test_a_system_that_starts_no_process_fails_a_hand_over_and_the_old_workers_stay(
    tmp_path: Path,
) -> None:
    with two_workers(tmp_path, **bent(tmp_path)) as gateway:
        before = gateway.workers()
        (tmp_path / "told").write_text("no")
        gateway.process.send_signal(signal.SIGHUP)
        eventually(lambda: gateway.logged("hand_over_failed") == 1, "hand_over_failed")
        assert gateway.workers() == before
        kill(min(before))
        eventually(lambda: gateway.logged("worker_not_started") > MANY, "many tries")
        assert gateway.workers() == {max(before)}
        (tmp_path / "told").unlink()
        is_whole_again(gateway)


def test_a_worker_that_dies_while_the_database_is_away_ends_none_of_the_others(
    tmp_path: Path,
) -> None:
    with running_postgres(tmp_path) as server:
        settings = settings_on("postgresql", server)
        own = {
            "DATABASE_URL": settings["database_url"],
            "TOKEN_ENCRYPTION_KEYS": settings["token_encryption_keys"].get_secret_value(),
        }
        with two_workers(tmp_path, **bent(tmp_path, **own)) as gateway:
            victim, other = sorted(gateway.workers())
            server.kill()
            kill(victim)
            eventually(lambda: gateway.logged("worker_died") > MANY, "many deaths")
            assert other in gateway.workers()
            with running_postgres(tmp_path, server.port):
                is_whole_again(gateway)
                assert other in gateway.workers()
                gateway.process.terminate()
                assert gateway.process.wait(60) == 0
