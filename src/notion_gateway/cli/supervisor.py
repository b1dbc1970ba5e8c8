"""Child processes that live and end together."""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from notion_gateway.cli.output import Fault

_START_SECONDS = 60.0
_POLL_SECONDS = 0.05
_STOP_SECONDS = 12.0
"""Longer than the gateway lets open answers go on after SIGTERM."""
_SHOWN_LINES = 15


@dataclass(frozen=True, slots=True)
class Service:
    """``arguments`` of ``notion-gateway``, or with ``is_program`` of any program, its own path
    first; ``ready_url`` answers 200 once it can be used.
    """

    name: str
    arguments: Sequence[str]
    environment: dict[str, str]
    folder: Path
    log_file: Path
    ready_url: str
    is_program: bool = False


@dataclass(frozen=True, slots=True)
class _Child:
    service: Service
    process: asyncio.subprocess.Process


async def run(services: Sequence[Service], when_ready: Coroutine[Any, Any, None]) -> None:
    """Starts all, awaits ``when_ready``, and returns on SIGINT, SIGTERM or SIGHUP.

    However it ends, every child has ended before. Raises Fault when one ends by itself.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)

    async def work() -> None:
        await asyncio.gather(*(_ready(service) for service in services))
        await when_ready
        await stop.wait()

    async with AsyncExitStack() as stack:
        stack.callback(when_ready.close)
        children = [await stack.enter_async_context(_child(service)) for service in services]
        tasks = [
            asyncio.create_task(work()),
            asyncio.create_task(_first_end(children)),
            asyncio.create_task(stop.wait()),
        ]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for task in done:
            task.result()  # raises what went wrong


@asynccontextmanager
async def _child(service: Service) -> AsyncGenerator[_Child]:
    """In a session of its own: a Ctrl-C in the terminal is ours to pass on, once and in order."""
    with service.log_file.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            f"notion_gateway.cli.supervised{'_program' if service.is_program else ''}",
            *service.arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=service.folder,
            env=service.environment,
            start_new_session=True,
        )
    try:
        yield _Child(service, process)
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def _ready(service: Service) -> None:
    async with httpx2.AsyncClient(trust_env=False) as http:
        try:
            async with asyncio.timeout(_START_SECONDS):
                while not await _answers(http, service.ready_url):  # noqa: ASYNC110
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise Fault(_told(service, f"not ready after {_START_SECONDS:g} seconds")) from None


async def _answers(http: httpx2.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(url)).is_success
    except httpx2.HTTPError:
        return False


async def _first_end(children: Sequence[_Child]) -> None:
    """Never returns: raises Fault when a child ends that nobody told to."""
    ends = {asyncio.create_task(child.process.wait()): child for child in children}
    try:
        done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        code = next(iter(done)).result()
        raise Fault(_told(ends[next(iter(done))].service, f"ended by itself (exit code {code})"))
    finally:
        for end in ends:
            end.cancel()


def _told(service: Service, what: str) -> str:
    lines = service.log_file.read_text(errors="replace").splitlines()[-_SHOWN_LINES:]
    return "\n".join([f"{service.name} {what}. The end of {service.log_file}:", *lines])
