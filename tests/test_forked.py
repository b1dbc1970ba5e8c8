"""A program that is forked does what one does that is started."""

import operator
import os
import random
import resource
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.processes import (
    GATEWAY,
    ROOT,
    SIMULATOR,
    bare_environment,
    ended_after,
    eventually,
    listens,
)
from tests.support.fork_server import random_numbers, variables_noted
from tests.support.forked import Forked, Started, none_forked, read_before_the_fork, started
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


def test_the_system_knows_of_it_what_it_knows_of_a_start(tmp_path: Path) -> None:
    """Descriptors, threads, limits, and what becomes of signals."""
    ports = free_port(), free_port()
    commands = [(*SIMULATOR, "--port", str(port)) for port in ports]
    with (
        begun(tmp_path, *commands[0]) as forked,
        ended_after(forked),
        none_forked(),
        begun(tmp_path, *commands[1]) as real,
        ended_after(real),
    ):
        assert isinstance(forked, Forked)
        assert isinstance(real, subprocess.Popen)
        pids = forked.pid, real.pid
        eventually(lambda: all(map(listens, ports)), "both listen")

        def known() -> list[dict[str, object]]:
            return [_known(Path(f"/proc/{one}")) for one in pids]

        with suppress(AssertionError):  # a connection of the look before may still be there
            eventually(lambda: operator.eq(*known()), "both are the same", 10)
        of_the_fork, of_the_start = known()
        assert of_the_fork == of_the_start


def _known(process: Path) -> dict[str, object]:
    """Of proc(5); of descriptors what kind they are, for their numbers are of every kind's own."""
    told = dict(one.split(":", 1) for one in (process / "status").read_text().splitlines())
    same = ("Umask", "Threads", "SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt", "CapEff")
    kinds = [str(one.readlink()).partition(":")[0] for one in (process / "fd").iterdir()]
    return {
        **{name: told[name] for name in same},
        "limits": (process / "limits").read_text(),
        "nice": os.getpriority(os.PRIO_PROCESS, int(process.name)),
        "group": os.getpgid(int(process.name)),
        "descriptors": sorted(kinds),
    }


def test_no_two_have_the_same_random_numbers(tmp_path: Path) -> None:
    def made() -> str:
        with begun(tmp_path, *GATEWAY, "keys", "generate") as process:
            assert isinstance(process, Forked)
            out, err = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0, err
        return out

    assert made() != made()


def test_random_numbers_that_a_module_has_of_its_own_are_found() -> None:
    """They begin anew in each child."""
    own, of_the_system = random.Random(), random.SystemRandom()  # noqa: S311 - looked for alone
    found = list(random_numbers())
    assert any(one is own for one in found)
    assert not any(one is of_the_system for one in found)


LOADS_EACH_ALONE = """
import os, sys
from importlib import import_module

for library in ("cryptography.fernet", "httpx2", "pydantic_settings", "sqlalchemy", "typer"):
    import_module(library)
for name in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        import_module(name)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        print(name)
"""


def test_each_module_of_the_command_line_can_be_the_first_to_be_loaded(tmp_path: Path) -> None:
    """What no fork shows: that one lacks what others happen to have loaded."""
    source = ROOT / "src"
    files = sorted(source.glob("notion_gateway/cli/**/*.py"))
    names = [".".join(one.relative_to(source).with_suffix("").parts) for one in files]
    ran = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", LOADS_EACH_ALONE, *(one for one in names if "__" not in one)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert (ran.stdout, ran.returncode) == ("", 0), ran.stderr


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


@pytest.mark.parametrize("name", ["PYTHONPATH", "NO_COLOR", "SSL_CERT_FILE"])
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
