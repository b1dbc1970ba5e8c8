"""Puts the built front end into the wheel where NOTION_GATEWAY_UI names it, as ./just does.

Without that variable the wheel is the gateway alone, and takes no Node to build.
"""

import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

INSIDE = "notion_gateway/cli/built_front_end"


class FrontEnd(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Raises FileNotFoundError where the variable names no build."""
        named = os.environ.get("NOTION_GATEWAY_UI", "").strip()
        if version == "editable" or not named:
            return
        if not Path(named, "server.js").is_file():
            raise FileNotFoundError(f"NOTION_GATEWAY_UI names {named}, where no server.js is.")
        build_data["force_include"][named] = INSIDE
