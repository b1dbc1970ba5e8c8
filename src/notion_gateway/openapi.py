"""``python -m notion_gateway.openapi``: prints the API's OpenAPI document.

``conversational-ui/openapi.json`` is its output; the front end's types are made from that.
"""

import json
import sys
from typing import Any

from notion_gateway.app import api


def document() -> dict[str, Any]:
    """As ``GET /openapi.json`` answers it, but for the version, on which no type depends."""
    shown = api().openapi()
    return {**shown, "info": {**shown["info"], "version": "0"}}


def text() -> str:
    """The document as the file holds it: the same for the same routes, whatever made it."""
    return json.dumps(document(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
