"""The lint rules name every place they are meant for, so that a new one is not left out."""

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"


def contracts() -> list[dict[str, Any]]:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    found: list[dict[str, Any]] = document["tool"]["importlinter"]["contracts"]
    return found


def test_every_features_rules_are_held_to_do_no_io() -> None:
    (pure,) = (one for one in contracts() if one["name"].startswith("Rules decide"))
    rules = {
        ".".join(path.relative_to(SOURCE).with_suffix("").parts)
        for path in SOURCE.glob("notion_gateway/*/rules*")
        if path.name in ("rules", "rules.py")
    }

    assert rules
    assert rules <= set(pure["source_modules"])


def test_every_feature_has_its_place_among_the_arrows() -> None:
    (arrows,) = (one for one in contracts() if one["type"] == "layers")

    assert arrows["containers"] == ["notion_gateway"]
    assert arrows["exhaustive"] is True
