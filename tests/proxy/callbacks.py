"""Where tests of calls in callbacks look into a gateway."""

import asyncio
from typing import Any, cast

from notion_gateway.proxy.http1.upstream import Http1Upstream
from notion_gateway.proxy.opening import Proxy
from tests.support.rig import Rig


def state(rig: Rig) -> dict[str, Any]:
    return cast("dict[str, Any]", rig.gateway.server.lifespan.state)


def http1_of(rig: Rig) -> Http1Upstream:
    proxy: Proxy = state(rig)["proxy"]
    assert proxy.http1 is not None
    return proxy.http1


def connecting() -> list[asyncio.Task[Any]]:
    return [one for one in asyncio.all_tasks() if one.get_name() == "connect to Notion"]
