"""GET and DELETE have no body here (RFC 9110 sections 9.3.1 and 9.3.5)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.gateway import CALL
from tests.support.rig import Rig
from tests.support.upstreams import RecordingMcp

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("both_ways")]


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@pytest.mark.parametrize("chunked", [False, True], ids=["framed by its length", "chunked"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("path", ["/mcp/notion/proxy", "/mcp/notion/team"])
async def test_a_body_where_none_belongs_is_refused_and_nothing_reaches_notion(
    connected: Rig, upstream: RecordingMcp, method: str, path: str, chunked: bool
) -> None:
    data: Any = pieces(CALL) if chunked else CALL
    headers = {"X-Space-ID": "team", "content-type": "application/json"}

    refused = await connected.caller.send(method, path, data=data, headers=headers)

    assert (refused.status, refused.reason) == (422, "invalid_request")
    assert "body" in refused.json["error"]["message"]
    assert upstream.seen == []


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("empty", ["absent", "length 0", "chunked"])
async def test_without_one_it_goes_on(
    connected: Rig, upstream: RecordingMcp, method: str, empty: str
) -> None:
    data: Any = {"absent": None, "length 0": b"", "chunked": pieces()}[empty]

    answer = await connected.caller.call("team", data, method=method)

    assert answer.status == 200
    assert upstream.last.method == method
    assert upstream.last.body == b""
