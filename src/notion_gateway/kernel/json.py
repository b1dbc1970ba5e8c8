"""JSON from elsewhere, read so that no input is a crash and no member is read two ways."""

import json
from typing import Any, cast


def json_object(body: bytes | str) -> dict[str, Any] | None:
    """None where the body is anything else than one JSON object."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", document) if isinstance(document, dict) else None


def read_json(body: bytes | str) -> tuple[object, frozenset[str]]:
    """The document, and the names of members that some object of it has twice.

    Readers differ on which of two equal members counts (RFC 8259 section 4), so whoever judges
    a body that another program reads too must refuse it. Raises ValueError, also where the
    body is nested too deeply.
    """
    doubled: set[str] = set()

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        known: dict[str, object] = {}
        for name, value in pairs:
            if name in known:
                doubled.add(name)
            known[name] = value
        return known

    try:
        document: object = json.loads(body, object_pairs_hook=members)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    return document, frozenset(doubled)
