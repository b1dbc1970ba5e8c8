"""The demo: one command, everything it prints works, and nothing is left when it ends."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from notion_gateway.vault.keyring import generate_key
from tests.cli.processes import (
    ROOT,
    Cli,
    Ran,
    bare_environment,
    consent,
    eventually,
    finish,
    listens,
)
from tests.support.forked import Started
from tests.support.ports import free_port


@dataclass(frozen=True, slots=True)
class Demo:
    process: Started
    printed: str
    ports: tuple[int, int]
    folder: Path

    def lines(self, beginning: str) -> list[str]:
        """What is to be pasted, with continued lines joined."""
        joined = self.printed.replace("\\\n", "")
        return [line.strip() for line in joined.splitlines() if line.strip().startswith(beginning)]


def cli_in(folder: Path, **variables: str) -> Cli:
    """``python -m demo``, as in the checkout, but for the folder."""
    return Cli(folder, {"PYTHONPATH": str(ROOT), **variables}, (sys.executable, "-m", "demo"))


@contextmanager
def demo(folder: Path, *options: str) -> Generator[Demo]:
    ports = free_port(), free_port()
    cli = cli_in(folder, GATEWAY_PORT=str(ports[0]), SIMULATOR_PORT=str(ports[1]))
    auto = {"NOTION_SIMULATOR_AUTO_CONSENT": "1", "NOTION_MCP_URL": "https://notion.invalid/mcp"}
    with cli.started(*options, **auto) as process:
        assert process.stdout is not None
        printed = ""
        while "Ctrl-C" not in printed:
            line = process.stdout.readline()
            assert line, process.stderr.read() if process.stderr else ""
            printed += line
        yield Demo(process, printed, ports, folder / "data" / "demo")


def pasted(running: Demo, command: str, folder: Path) -> Ran:
    (export,) = running.lines("export ")
    process = subprocess.Popen(  # noqa: S603 - what the demo prints, as people paste it
        ["/bin/sh", "-c", f"{export}\n{command}"],
        cwd=folder,
        env=bare_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return finish(process)


def curled(running: Demo, command: str) -> httpx2.Response:
    """A curl call as shell and curl make it, on machines that have none."""
    token = (running.folder / "token").read_text().strip()
    words = iter(shlex.split(command.replace("$NOTION_GATEWAY_TOKEN", token))[1:])
    url, body, headers = "", None, dict[str, str]()
    for word in words:
        match word:
            case "-s":
                pass
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case "-d":
                body = next(words)
            case _:
                url = word
    method = "GET" if body is None else "POST"
    return httpx2.request(method, url, content=body, headers=headers, trust_env=False)


def test_what_the_demo_prints_works_in_order_and_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    with demo(tmp_path) as running:
        status, tools_list = running.lines("curl ")
        commands = [*running.lines("/"), *running.lines("'/")]  # quoted where a space is in it

        assert "status=success" in consent(*running.lines("http"))
        assert curled(running, status).json()["status"] == "connected"
        tools = curled(running, tools_list).json()["result"]["tools"]
        assert any(tool["name"] == "notion-search" for tool in tools)
        for command in commands:
            ran = pasted(running, command, tmp_path)
            assert ran.code == 0, (command, ran.err)
        assert len(commands) == 4

        running.process.send_signal(signal.SIGINT)
        ran = finish(running.process)

    assert ran.code == 0
    assert not any(listens(port) for port in running.ports)


def test_a_demo_begins_anew_whatever_an_earlier_one_left(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "demo"
    folder.mkdir(parents=True)
    for name in ("gateway.sqlite3", "encryption.key", "notes.txt"):
        (folder / name).write_text("of an earlier demo")

    with demo(tmp_path) as running:
        (status, *_) = running.lines("curl ")
        assert curled(running, status).json()["status"] == "disconnected"

    assert (folder / "notes.txt").read_text() == "of an earlier demo"


def test_a_demo_keeps_its_data_when_told_to_and_takes_its_servers_along_however_it_goes(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data" / "demo"
    folder.mkdir(parents=True)
    key = generate_key()
    (folder / "encryption.key").write_text(key)

    with demo(tmp_path, "--keep") as running:
        assert "connect again" in running.printed
        os.kill(running.process.pid, signal.SIGKILL)
        eventually(lambda: not any(map(listens, running.ports)), "the servers have ended")

    assert (folder / "encryption.key").read_text() == key


def test_a_server_that_ends_by_itself_ends_the_demo_with_its_last_words(tmp_path: Path) -> None:
    with demo(tmp_path) as running:
        log = running.folder / "gateway.log"
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        started = next(one["event"] for one in lines if "server process" in one["event"])
        os.kill(int(started.partition("[")[2].partition("]")[0]), signal.SIGKILL)
        ran = finish(running.process)

    assert ran.code == 1
    assert "The gateway ended by itself" in ran.err
    assert "gateway_ready" in ran.err
    assert not any(listens(port) for port in running.ports)


@pytest.mark.parametrize("option", ["--gateway-port", "--simulator-port"])
def test_a_port_that_is_taken_is_named_before_anything_is_touched(
    tmp_path: Path, option: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        other = {"--gateway-port": "--simulator-port"}.get(option, "--gateway-port")

        ran = cli_in(tmp_path)(option, port, other, str(free_port()))

    assert ran.code == 3
    assert port in ran.err
    assert option in ran.err
    assert not (tmp_path / "data").exists()
