"""Notion's tools through the gateway's proxy, with the official MCP client."""

import logging
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import TypeVar, cast

import anyio
import httpx2
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import Implementation, Tool

from notion_gateway import __version__
from notion_gateway.cli.client import no_answer, refusal
from notion_gateway.cli.output import Fault
from notion_gateway.cli.target import Target

_PROGRAM = "notion-gateway"
_PROXY_PATH = "/mcp/notion/proxy"
_CONNECT_SECONDS = 10.0

T = TypeVar("T")


def with_notion(target: Target, work: Callable[[Client], Awaitable[T]]) -> T:
    """Runs ``work`` with an open MCP session. Raises Fault; Ctrl-C cancels the call upstream."""
    logging.getLogger("mcp").addHandler(logging.NullHandler())
    logging.getLogger("mcp").propagate = False  # its tracebacks are told as a Fault instead

    async def run() -> T:
        async with _until_interrupted(), _session(target) as client:
            return await work(client)

    try:
        return anyio.run(run)
    except Exception as fault:
        for cause in _causes(fault):
            if isinstance(cause, Fault):
                raise cause from None
            if isinstance(cause, MCPError):
                raise _told(target, cause) from None
            if isinstance(cause, httpx2.HTTPError):
                raise no_answer(target, cause) from None
        raise


@asynccontextmanager
async def _until_interrupted() -> AsyncGenerator[None]:
    """Ctrl-C cancels the block until it gives in: a task's own cancellation comes only once,
    and may be lost on the way. Then raises KeyboardInterrupt.
    """
    interrupted = False

    async def listen() -> None:
        nonlocal interrupted
        with anyio.open_signal_receiver(signal.SIGINT) as signals:
            async for _ in signals:
                interrupted = True
                tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        yield
        tasks.cancel_scope.cancel()
    if interrupted:
        raise KeyboardInterrupt


async def list_tools(client: Client) -> list[Tool]:
    """All of them, page by page."""
    tools: list[Tool] = []
    cursor: str | None = None
    while True:
        page = await client.list_tools(cursor=cursor)
        tools += page.tools
        cursor = page.next_cursor
        if cursor is None:
            return tools


@asynccontextmanager
async def _session(target: Target) -> AsyncGenerator[Client]:
    async with httpx2.AsyncClient(
        headers={**target.headers, "user-agent": f"{_PROGRAM}/{__version__}"},
        timeout=httpx2.Timeout(None, connect=_CONNECT_SECONDS),  # the gateway limits the rest
        trust_env=not target.is_local,
    ) as http:
        transport = streamable_http_client(f"{target.url}{_PROXY_PATH}", http_client=http)
        name = Implementation(name=_PROGRAM, version=__version__)
        async with Client(transport, client_info=name) as client:
            yield client


def _told(target: Target, error: MCPError) -> Fault:
    """The gateway's own errors carry a reason; any other is Notion's."""
    found: object = error.error.data
    data = cast("dict[str, object]", found) if isinstance(found, dict) else {}
    if "reason" in data:
        return refusal(target, error.error.message, data["reason"], data.get("request_id"))
    return Fault(f"Notion answered: {error.error.message} ({error.error.code})")


def _causes(fault: BaseException) -> Iterator[BaseException]:
    """A task group's faults one by one, outermost first."""
    yield fault
    if isinstance(fault, BaseExceptionGroup):
        for one in cast("BaseExceptionGroup[BaseException]", fault).exceptions:
            yield from _causes(one)
