"""The tables in tests/shared, which the front end's unit tests read as well."""

import json
from pathlib import Path
from typing import Any

SHARED = Path(__file__).parents[1] / "shared"


def shared_cases(table: str) -> list[dict[str, Any]]:
    """Every row of a table. The front end must decide each as the gateway does."""
    return json.loads((SHARED / f"{table}.json").read_text())["cases"]
