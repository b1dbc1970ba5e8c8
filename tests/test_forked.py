"""A program that is forked does what one does that is started."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.processes import (
    GATEWAY,
    SIMULATOR,
    bare_environment,
    ended_after,
    eventually,
    listens,
)
from tests.support.fork_server import variables_noted
from tests.support.forked import Forked, Started, read_before_the_fork, started
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_SECONDS

AS_MODULE = (sys.executable, "-m", "notion_gateway.cli")


def begun(folder: Path, *command: str, **variables: str) -> Started:
    return started(
        command,
        env=bare_environment() | variables,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize(
    ("command", "variables"),
    [
        ((*AS_MODULE, "nothing"), {}),
        ((*GATEWAY, "serve", "--port", "none"), {"COLUMNS": "60"}),
        ((*GATEWAY, "keys", "list"), {"GATEWAY_DATA_DIR": "here"}),
        ((*GATEWAY, "serve"), {"GATEWAY_LOG_LEVEL": "aloud"}),
        ((*GATEWAY, "serve"), {"DATABASE_URL": "mysql://"}),
        ((*SIMULATOR, "--help"), {}),
    ],
)
def test_it_says_and_returns_what_a_start_does(
    command: tuple[str, ...], variables: dict[str, str], tmp_path: Path
) -> None:
    real = subprocess.run(  # noqa: S603 - our own
        command,
        env=bare_environment() | variables,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    with begun(tmp_path, *command, **variables) as process:
        assert isinstance(process, Forked)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, out, err) == (real.returncode, real.stdout, real.stderr)


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)],
)
def test_it_is_stopped_and_ended_by_signals(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    port = free_port()
    with begun(tmp_path, *SIMULATOR, "--port", str(port)) as process, ended_after(process):
        assert process.pid != os.getpid()
        assert Path(f"/proc/{process.pid}/cwd").resolve() == tmp_path
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.01)
        eventually(lambda: listens(port), "it listens")
        process.send_signal(signal.SIGSTOP)
        eventually(
            lambda: Path(f"/proc/{process.pid}/stat").read_text().split()[2] == "T", "it stands"
        )
        process.send_signal(signal.SIGCONT)
        process.send_signal(number)
        assert process.wait(PATIENCE_SECONDS) == code
    assert not Path(f"/proc/{process.pid}").exists()


def test_nothing_of_ours_reads_a_variable_where_it_is_loaded() -> None:
    own = ("NOTION_", "GATEWAY_", "SIMULATOR_", "DATABASE_", "REDIS_", "TOKEN_", "AWS_", "XDG_")
    assert not [name for name in read_before_the_fork() if name.startswith(own)]


def test_a_variable_that_is_read_is_noted_however_it_is_asked_for() -> None:
    with variables_noted() as read:
        os.environ.get("GATEWAY_ONE")
        os.getenv("GATEWAY_TWO", "")
        assert "GATEWAY_THREE" not in os.environ
        with pytest.raises(KeyError):
            os.environ["GATEWAY_FOUR"]
    assert read == {"GATEWAY_ONE", "GATEWAY_TWO", "GATEWAY_THREE", "GATEWAY_FOUR"}
    os.environ.get("GATEWAY_FIVE")
    assert "GATEWAY_FIVE" not in read


@pytest.mark.parametrize("name", ["PYTHONPATH", "NO_COLOR", "OTEL_PROPAGATORS"])
def test_with_another_value_of_what_was_read_before_it_is_started(
    name: str, tmp_path: Path
) -> None:
    with begun(tmp_path, *GATEWAY, "--version", **{name: "other"}) as process:
        assert isinstance(process, subprocess.Popen)
        process.kill()


def test_with_other_limits_it_is_started(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft - 1, hard))
    try:
        with begun(tmp_path, *GATEWAY, "--version") as process:
            assert isinstance(process, subprocess.Popen)
            process.kill()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_what_is_not_ours_is_started(tmp_path: Path) -> None:
    with begun(tmp_path, sys.executable, "-c", "print(1)") as process:
        assert isinstance(process, subprocess.Popen)
        assert process.stdout is not None
        assert process.stdout.read() == "1\n"
