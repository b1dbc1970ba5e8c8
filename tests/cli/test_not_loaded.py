"""What ``serve`` and its workers keep libraries from loading, and that the libraries work on."""

import json
import subprocess
import sys

from tests.support.waiting import PATIENCE_SECONDS

LOADS = """
import json, ssl, sys
from notion_gateway.cli.serving import load_quickly
load_quickly()
import aiohttp.connector, notion_gateway.app, notion_gateway.http.server, uvicorn
from sqlalchemy.ext.asyncio import AsyncConnection
asked = ("rich", "click", "multiprocessing", "sqlalchemy.orm", "pydantic.v1.main")
told = {"loaded": [name for name in asked if name in sys.modules]}
"""
ASKS = """
own = aiohttp.connector._SSL_CONTEXT_VERIFIED
told["aiohttp's own context"] = (
    len(own.get_ca_certs()), own.check_hostname, own.verify_mode == ssl.CERT_REQUIRED
)
told["contexts read certificates"] = "set_default_verify_paths" not in vars(ssl.SSLContext)

import sqlalchemy.ext.asyncio as engines
from sqlalchemy.ext.asyncio import AsyncSession, exc
told["sessions"] = "sqlalchemy.orm" in sys.modules
told["the same connections"] = engines.AsyncConnection is AsyncConnection
told["commands"] = uvicorn.run.__module__
told["others"] = hasattr(uvicorn, "nothing")
"""


def told(program: str) -> dict[str, object]:
    """What it prints, once it has run in a process of its own."""
    found = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program + "print(json.dumps(told))"],
        check=True,
        stdout=subprocess.PIPE,
        timeout=PATIENCE_SECONDS,
    )
    answer: dict[str, object] = json.loads(found.stdout)
    return answer


def test_libraries_do_not_load_what_serving_does_without_until_somebody_asks_for_it() -> None:
    assert told(LOADS + ASKS) == {
        "loaded": [],
        "aiohttp's own context": [0, True, True],  # it trusts nobody
        "contexts read certificates": True,
        "sessions": True,
        "the same connections": True,
        "commands": "uvicorn.main",
        "others": False,
    }


def test_they_load_it_where_nothing_keeps_them_from_it() -> None:
    """The control: what is kept from loading is still there to be loaded."""
    ordinary = told(LOADS.replace("load_quickly()\n", "\n"))
    assert ordinary["loaded"] == [
        "rich",
        "click",
        "multiprocessing",
        "sqlalchemy.orm",
        "pydantic.v1.main",
    ]
