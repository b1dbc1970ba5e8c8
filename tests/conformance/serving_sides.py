"""The reference server as the suite meets it: alone, and behind the gateway."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.types import ASGIApp

from notion_gateway.app import create_app
from tests.conformance import reference_server
from tests.conformance.shims import Signed
from tests.support.gateway import PROXY, calling, gateway_settings
from tests.support.notion import Notion, serving_notion
from tests.support.serving import Served, listen, port_of, serving

SPACE, USER = "team", "ada"


@dataclass(frozen=True, slots=True)
class BehindGateway:
    """``url`` takes calls of a connected space, from whomever."""

    url: str
    gateway: Served
    notion: Notion


@asynccontextmanager
async def serving_alone(app: ASGIApp | None = None) -> AsyncGenerator[str]:
    """The address of ``app``'s MCP endpoint; by default a new reference server's."""
    with listen() as listener:
        async with serving(app or reference_server.create_app(), listener) as served:
            yield f"{served.url}/mcp"


@asynccontextmanager
async def serving_behind_gateway(
    data_dir: Path, mcp: ASGIApp | None = None
) -> AsyncGenerator[BehindGateway]:
    """``mcp`` behind the simulator's OAuth side, and the gateway connected to that."""
    app = mcp or reference_server.create_app()
    with listen() as listener:
        origin = f"http://127.0.0.1:{port_of(listener)}"
        async with serving_notion(clock=time.time, mcp=app) as notion:
            settings = gateway_settings(
                data_dir, notion.url, port_of(listener), notion_mcp_return_base_url=origin
            )
            principal = ((b"x-user-id", USER.encode()), (b"x-space-id", SPACE.encode()))
            shim = Signed(create_app(settings), principal)
            async with serving(shim, listener) as gateway, calling(origin) as caller:
                connected = await caller.connect(SPACE)
                assert connected.result["status"] == "success"
                yield BehindGateway(f"{origin}{PROXY}", gateway, notion)
