"""The seed's ``meta.space_id`` and ``meta.user_id`` in a JSON-RPC body: read, and taken out.

Accepted where the seed puts them (``meta`` beside ``method``) and where MCP clients can
(``params._meta``). A body that has none of it stays the very bytes it was.
"""

import json
from dataclasses import dataclass, field
from typing import cast

from notion_gateway.kernel.errors import InvalidRequest, PrincipalMismatch
from notion_gateway.kernel.identifiers import is_identifier, is_user_id
from notion_gateway.kernel.json import json_object, read_json

_KEYS = ("space_id", "user_id")
_ON_THE_WAY = frozenset({"meta", "params", "_meta", *_KEYS})


@dataclass(frozen=True, slots=True)
class SeedMeta:
    """``body`` is what goes on to Notion."""

    body: bytes = field(repr=False)
    space_id: str | None = None
    user_id: str | None = None


def may_hold_seed_meta(body: bytes) -> bool:
    """A key may be written with escapes; such a body is looked into, and left alone if clean."""
    # ``in`` would cost three times as much: with bytes it first makes an error, and drops it.
    return body.find(b"space_id") >= 0 or body.find(b"user_id") >= 0 or body.find(b"\\u") >= 0


def read_seed_meta(body: bytes) -> SeedMeta:
    """Raises PrincipalMismatch where messages of one batch disagree or a value is malformed,
    and InvalidRequest for numbers that JSON does not have and members that stand there twice:
    another reader might take the other one.
    """
    if not may_hold_seed_meta(body):
        return SeedMeta(body)
    try:
        document, doubled = read_json(body)
    except ValueError:
        return SeedMeta(body)  # not ours to judge: without meta, the bytes go on as they are
    found: dict[str, str] = {}
    messages = cast("list[object]", document) if isinstance(document, list) else [document]
    taken = [_take(message, found) for message in messages]
    if doubled and (any(taken) or doubled & _ON_THE_WAY):
        raise InvalidRequest("The body names a member twice.")
    if not any(taken):
        return SeedMeta(body)
    try:
        rest = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
    except RecursionError:
        raise InvalidRequest("The body is nested too deeply.") from None
    except ValueError:  # NaN and Infinity, also as 1e999
        raise InvalidRequest("The body holds a number that JSON does not have.") from None
    return SeedMeta(rest, found.get("space_id"), found.get("user_id"))


def call_id(body: bytes) -> str | int | None:
    """The id a JSON-RPC error answers; None where the body has none (JSON-RPC section 5)."""
    value = (json_object(body) or {}).get("id")
    return value if isinstance(value, (str, int)) and not isinstance(value, bool) else None


def _take(message: object, found: dict[str, str]) -> bool:
    if not isinstance(message, dict):
        return False
    call = cast("dict[str, object]", message)
    params = call.get("params")
    taken = _take_from(call, "meta", found)
    if isinstance(params, dict):
        taken = _take_from(cast("dict[str, object]", params), "_meta", found) or taken
    return taken


def _take_from(holder: dict[str, object], name: str, found: dict[str, str]) -> bool:
    value = holder.get(name)
    if not isinstance(value, dict):
        return False
    meta = cast("dict[str, object]", value)
    present = [key for key in _KEYS if key in meta]
    for key in present:
        claim = meta.pop(key)
        is_fit = is_user_id if key == "user_id" else is_identifier
        if not isinstance(claim, str) or not is_fit(claim):
            raise PrincipalMismatch(f"meta.{key} is malformed.")
        if found.setdefault(key, claim) != claim:
            raise PrincipalMismatch(f"The body names two different values for meta.{key}.")
    if present and not meta:
        del holder[name]
    return bool(present)
