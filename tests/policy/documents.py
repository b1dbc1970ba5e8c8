"""Policies and calls as tests write them."""

import json
from typing import Any

from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.policy.rules.deciding import Calling
from notion_gateway.policy.rules.document import PolicyDocument
from notion_gateway.policy.rules.guard import Guard
from notion_gateway.policy.rules.reading import read_policy
from notion_gateway.policy.rules.tools import only_reads

PLAIN: RawHeaders = [(b"content-type", b"application/json")]
PAGE = "1f8d872b-594c-80a4-b2f4-00370af2b13f"
OTHER_PAGE = "2f8d872b-594c-80a4-b2f4-00370af2b13e"


def policy(preset: str = "custom", **more: Any) -> PolicyDocument:
    return read_policy(json.dumps({"version": 1, "preset": preset, **more}))


def guard(document: PolicyDocument, token: str | None = None) -> Guard:
    return Guard(document, Calling(token), only_reads)


def request(method: str, call_id: object = 1, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": call_id, "method": method, "params": params}


def call(tool: object, call_id: object = 1, /, **arguments: Any) -> dict[str, Any]:
    return request("tools/call", call_id, name=tool, arguments=arguments)


def raw(document: object) -> bytes:
    return json.dumps(document).encode()
