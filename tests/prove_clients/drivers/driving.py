"""What the programs beside it share: each line they read says what to do, each they write what
came of it.
"""
# The libraries are installed in an environment of their own, where no type checker looks.
# pyright: basic, reportMissingImports=false

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

ADDRESS = sys.argv[1]
TOKEN = os.environ.get("MY_SPACE_TOKEN")
ARGUMENTS: Mapping[str, dict[str, Any]] = {"notion-search": {"query": "plan"}}

Arguments = dict[str, Any]
Tools = Callable[[], Awaitable[Mapping[str, str]]]
Call = Callable[[str, Arguments], Awaitable[str]]


def text_of(blocks: Iterable[Any]) -> str:
    return "".join(block.text for block in blocks)


async def obey(tools: Tools, call: Call) -> None:
    """Until there is nothing more to read."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        wish = json.loads(line)
        try:
            if wish["do"] == "tools":
                answer: dict[str, object] = {"tools": dict(await tools())}
            else:
                name = wish["tool"]
                answer = {"text": await call(name, ARGUMENTS.get(name, {}))}
        except Exception as error:  # noqa: BLE001 - whatever a library raises is its answer
            answer = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)  # noqa: T201 - that is how it answers
