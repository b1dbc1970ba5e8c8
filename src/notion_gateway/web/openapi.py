"""``python -m notion_gateway.web.openapi``: prints the API's OpenAPI document.

``conversational-ui/openapi.json`` is its output; the front end's types are made from that.
"""

import asyncio
import json
import logging
import sys
from typing import Any

import structlog
from starlette.types import Message

from notion_gateway.config import Settings
from notion_gateway.web.app import create_app


async def document() -> dict[str, Any]:
    """As ``GET /openapi.json`` answers it, whatever the environment says."""
    app = create_app(Settings.model_construct())
    answer = bytearray()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/openapi.json",
        "raw_path": b"/openapi.json",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 1),
        "state": {},
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        answer.extend(message.get("body", b""))

    await app(scope, receive, send)
    return json.loads(answer)


def main() -> None:
    # Standard output belongs to the document; the request's own line would stand in it.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    shown = asyncio.run(document())
    # The version changes with each release, and no type depends on it.
    shown["info"]["version"] = "0"
    sys.stdout.write(json.dumps(shown, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
