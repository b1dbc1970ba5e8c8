"""A tool's arguments from the command line, typed by the tool's own schema."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from notion_gateway.cli.output import Exit, Fault

_JSON_TYPES = frozenset({"number", "integer", "boolean", "array", "object", "null"})


def read_arguments(
    pairs: Sequence[str], document: str | None, schema: Mapping[str, Any]
) -> dict[str, Any]:
    """``--args-json`` first, then each ``--arg name=value`` on top. Raises Fault (usage).

    A value is JSON where the schema wants anything but a string, and text as it stands
    otherwise.
    """
    arguments = _object(document) if document is not None else {}
    properties: Mapping[str, Any] = schema.get("properties") or {}
    for pair in pairs:
        name, separator, text = pair.partition("=")
        if not separator or not name:
            raise Fault(f"--arg {pair}: name=value is needed.", Exit.USAGE)
        arguments[name] = _value(name, text, properties.get(name))
    return arguments


def _object(text: str) -> dict[str, Any]:
    try:
        document: object = json.loads(text)
    except ValueError as fault:
        raise Fault(f"--args-json is not JSON: {fault}", Exit.USAGE) from None
    if not isinstance(document, dict):
        raise Fault("--args-json must be a JSON object.", Exit.USAGE)
    return cast("dict[str, Any]", document)


def _value(name: str, text: str, schema: object) -> object:
    types = _types(schema)
    if not types & _JSON_TYPES:
        return text
    try:
        return json.loads(text)
    except ValueError:
        if "string" in types:
            return text
        wanted = " or ".join(sorted(types))
        raise Fault(f"--arg {name}: {wanted} is needed, as JSON.", Exit.USAGE) from None


def _types(schema: object) -> set[str]:
    """Every JSON type a schema accepts at its top, through its alternatives."""
    if not isinstance(schema, dict):
        return set()
    rules = cast("dict[str, object]", schema)
    named = rules.get("type")
    types = {named} if isinstance(named, str) else set[str]()
    if isinstance(named, list):
        types |= {one for one in cast("list[object]", named) if isinstance(one, str)}
    for alternatives in ("anyOf", "oneOf", "allOf"):
        listed = rules.get(alternatives)
        if isinstance(listed, list):
            types = types.union(*(_types(one) for one in cast("list[object]", listed)))
    return types
