"""The simulator as its own process."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import anyio
import anyio.abc
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from notion_simulator.cli import environment_variable, flag
from notion_simulator.server import listen, serving
from notion_simulator.settings import SimulatorSettings
from support.caller import Caller
from support.messages import MODERN_HEADERS, open_call, stream_call

pytestmark = [pytest.mark.anyio, pytest.mark.thorough]


COMMAND = [sys.executable, "-m", "notion_simulator"]


@dataclass(frozen=True)
class Process:
    process: anyio.abc.Process
    url: str

    async def terminated(self) -> str:
        """Sends SIGTERM and returns what else was printed until the end."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.stdout is not None
        with anyio.fail_after(10):
            rest = b"".join([chunk async for chunk in self.process.stdout])
            await self.process.wait()
        return rest.decode()


@asynccontextmanager
async def simulator_process(*flags: str, **environment: str) -> AsyncGenerator[Process]:
    async with await anyio.open_process(
        [*COMMAND, "--port", "0", *flags],
        stderr=subprocess.STDOUT,
        env={"PATH": "", **environment},
    ) as process:
        assert process.stdout is not None
        with anyio.fail_after(20):
            line = (await process.stdout.receive()).decode()
        found = re.match(
            r"Notion simulator: (http://localhost:\d+)/mcp \(listening on .*\)\n$", line
        )
        assert found is not None, line
        yield Process(process, found[1])


async def finished(*flags: str, **environment: str) -> tuple[int, str, str]:
    """Returns the exit code, standard output and standard error of one run."""
    with anyio.fail_after(20):
        done = await anyio.run_process(
            [*COMMAND, *flags], check=False, env={"PATH": "", **environment}
        )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture
async def http() -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def test_flags_and_environment_set_the_settings_and_nothing_but_one_line_is_printed(
    http: aiohttp.ClientSession,
) -> None:
    flags = ("--rotation", "strict", "--token-lifetime", "60", "--auto-consent")
    async with simulator_process(*flags, NOTION_SIMULATOR_RESPONSE_MODE="json") as process:
        caller = Caller(http, process.url)
        settings = (await caller.get("/_simulator/settings")).json
        assert settings["rotation"] == "strict"
        assert settings["access_token_lifetime_seconds"] == 60
        assert settings["response_mode"] == "json"
        assert settings["public_url"] == process.url
        connection = await caller.connect()
        await caller.refresh(connection.client_id, connection.refresh_token)
        assert await process.terminated() == ""


async def test_sigterm_ends_it_within_seconds_although_a_stream_is_open(
    http: aiohttp.ClientSession,
) -> None:
    async with simulator_process("--auto-consent", "--test-tools") as process:
        caller = Caller(http, process.url)
        token = (await caller.connect()).access_token
        response = await open_call(caller, token, MODERN_HEADERS, stream_call(1_000_000, 10))
        await response.content.readline()
        began = time.monotonic()
        await process.terminated()
        assert time.monotonic() - began < 4
        response.close()


async def test_a_port_in_use_is_said_plainly() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        code, _, message = await finished("--port", port)
    assert code == 1
    assert message == (
        f"notion-simulator: cannot listen on 127.0.0.1:{port}: Address already in use. "
        "Choose another with --port.\n"
    )


async def test_a_wrong_setting_is_named_by_its_flag() -> None:
    code, _, message = await finished(NOTION_SIMULATOR_ROTATION="sometimes")
    assert code == 2
    assert message == "--rotation: Input should be 'lenient' or 'strict'\n"


async def test_every_setting_is_a_flag_and_an_environment_variable() -> None:
    _, printed, _ = await finished("--help", COLUMNS="200")
    shown = re.sub(r"\s", "", printed)
    for name in SimulatorSettings.model_fields:
        assert flag(name) in shown
        assert environment_variable(name) in shown


async def test_another_mcp_application_takes_the_endpoint_behind_the_same_bearer_check(
    http: aiohttp.ClientSession,
) -> None:
    async def answer(request: Request) -> PlainTextResponse:
        return PlainTextResponse(f"{request.method} upstream")

    upstream = Starlette(routes=[Route("/mcp", answer, methods=["GET", "POST"])])
    with serving(SimulatorSettings(auto_consent=True), mcp=upstream) as running:
        caller = Caller(http, running.url)
        assert (await caller.post("/mcp")).status == 401
        token = (await caller.connect()).access_token
        answered = await caller.rpc(token, {})
        assert (answered.status, answered.text) == (200, "POST upstream")
        assert (await caller.counters())["mcp"]["completed"] == 1


async def test_the_console_script_is_the_same_command() -> None:
    code = "import sys; sys.argv = ['x', '--help']; from notion_simulator.cli import main; main()"
    done = await anyio.run_process([sys.executable, "-c", code], env={"PATH": "", "COLUMNS": "200"})
    assert "Usage: notion-simulator" in done.stdout.decode()


async def test_a_list_is_given_by_repeating_the_flag(http: aiohttp.ClientSession) -> None:
    flags = ("--tool-access", "ai_search=not_enabled", "--tool-access", "fetch=plan_required")
    async with simulator_process(*flags, "--plan", "free") as process:
        settings = (await Caller(http, process.url).get("/_simulator/settings")).json
        await process.terminated()
    assert settings["tool_access"] == ["ai_search=not_enabled", "fetch=plan_required"]
