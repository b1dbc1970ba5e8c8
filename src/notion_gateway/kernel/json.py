"""JSON from elsewhere, read so that no input is a crash and no member is read two ways."""

import json
import math
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, cast


def json_object(body: bytes | str) -> dict[str, Any] | None:
    """None where the body is anything else than one JSON object."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", document) if isinstance(document, dict) else None


def read_json(body: bytes | str, *, is_finite: bool = False) -> tuple[object, frozenset[str]]:
    """The document, and the names of members that some object of it has twice.

    Readers differ on which of two equal members counts (RFC 8259 section 4), so whoever judges
    a body that another program reads too must refuse it. Raises ValueError, also where the body
    is nested too deeply; with ``is_finite``, also for NaN and Infinity, which JSON does not have,
    and for numbers too large to be told from them (section 6).
    """
    doubled: set[str] = set()

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        known = dict(pairs)
        if len(known) != len(pairs):
            times = Counter(name for name, _ in pairs)
            doubled.update(name for name, count in times.items() if count > 1)
        return known

    numbers = _FINITE if is_finite else _ANY
    try:
        document: object = json.loads(body, object_pairs_hook=members, **numbers)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    return document, frozenset(doubled)


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError("a number is none that JSON has")
    return value


_FINITE: Final[Mapping[str, Any]] = {"parse_float": _finite, "parse_constant": _finite}
_ANY: Final[Mapping[str, Any]] = {}
