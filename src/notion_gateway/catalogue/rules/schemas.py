"""How two JSON schemas of a tool differ, in words for people who may not read schemas."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from notion_gateway.catalogue.rules.excerpts import beginning, difference

_TEXTS: Final = frozenset({"description", "title", "$comment", "examples"})
"""Members that are for whoever reads a schema, models above all."""
_OF_SCHEMAS: Final = frozenset({"$defs", "definitions", "patternProperties", "dependentSchemas"})
_ALTERNATIVES: Final = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
_LONGEST_VALUE: Final = 80
_LONGEST_PATH: Final = 200


@dataclass(frozen=True, slots=True)
class SchemaDifference:
    """``is_text``: of words that models read; ``before`` and ``after`` are where they differ."""

    words: str
    is_text: bool = False
    before: str | None = None
    after: str | None = None
    left_out: str = ""

    @property
    def sentence(self) -> str:
        """``left_out``: what is said besides of ``after``."""
        return f"{self.words}.{self.left_out}"


def schema_differences(
    before: object, after: object, path: str = "", *, what: str = "argument"
) -> Iterator[SchemaDifference]:
    """``path``: where in the schema; ``what`` stands there."""
    if before == after:
        return
    if not _are_objects(before, after):
        yield SchemaDifference(f"{_place(path, what)} was {_value(before)}, and is {_value(after)}")
        return
    one, other = _object(before), _object(after)
    yield from _of_properties(one, other, path, what)
    for key in [*one, *(key for key in other if key not in one)]:
        if key in {"properties", "required"} or one.get(key) == other.get(key):
            continue
        yield from _of_member(key, one.get(key), other.get(key), path, what)


def _of_properties(
    before: Mapping[str, Any], after: Mapping[str, Any], path: str, what: str
) -> Iterator[SchemaDifference]:
    one, other = _object(before.get("properties")), _object(after.get("properties"))
    needed_before, needed = _names(before.get("required")), _names(after.get("required"))
    for name in one:
        if name not in other:
            yield SchemaDifference(f"{_place(_at(path, name), what)} is gone")
    for name, schema in other.items():
        place = _place(_at(path, name), what)
        if name not in one:
            has_to_be = ", and has to be given" if name in needed else ""
            yield _new(f"{place} is new{has_to_be}", schema)
            continue
        yield from schema_differences(one[name], schema, _at(path, name), what=what)
    for name in [*other, *sorted(name for name in needed_before | needed if name not in other)]:
        place = _place(_at(path, name), what)
        if name in needed and name not in needed_before and (name in one or name not in other):
            yield SchemaDifference(f"{place} has to be given now")
        elif name in needed_before and name not in needed and name in other:
            yield SchemaDifference(f"{place} need not be given any more")


def _of_member(
    key: str, before: object, after: object, path: str, what: str
) -> Iterator[SchemaDifference]:
    place = _place(path, what)
    if key in _TEXTS:
        said = difference(_text(before), _text(after))
        words = f"{place}: its {key} is another"
        yield SchemaDifference(words, True, said.before, said.after, said.words)
    elif key == "type":
        yield SchemaDifference(f"{place} was {_value(before)}, and is {_value(after)}")
    elif key == "enum":
        gone, new = _only_in(before, after), _only_in(after, before)
        if gone:
            yield SchemaDifference(f"{place} takes no longer {_values(gone)}")
        if new:
            yield SchemaDifference(f"{place} also takes {_values(new)}")
        if not gone and not new:
            yield SchemaDifference(f"{place} takes the same values in another order")
    elif key in _OF_SCHEMAS:
        yield from _of_schemas(before, after, path, what)
    elif key in _ALTERNATIVES and len(_list(before)) == len(_list(after)):
        for number, (one, other) in enumerate(zip(_list(before), _list(after), strict=True), 1):
            yield from schema_differences(one, other, f"{path or 'all'} ({number})", what=what)
    elif _are_objects(before, after):
        inner = f"{path}[]" if key == "items" else _at(path, key)
        yield from schema_differences(before, after, inner, what=what)
    elif before is None:
        yield SchemaDifference(f"{place}: {key[:_LONGEST_VALUE]} is {_value(after)}")
    elif after is None:
        yield SchemaDifference(f"{place}: {key[:_LONGEST_VALUE]} is not said any more")
    else:
        yield SchemaDifference(
            f"{place}: {key[:_LONGEST_VALUE]} was {_value(before)}, and is {_value(after)}"
        )


def _of_schemas(before: object, after: object, path: str, what: str) -> Iterator[SchemaDifference]:
    one, other = _object(before), _object(after)
    for name in [*one, *(name for name in other if name not in one)]:
        if name not in other:
            yield SchemaDifference(f"{_place(_at(path, name), what)} is gone")
        elif name not in one:
            yield _new(f"{_place(_at(path, name), what)} is new", other[name])
        else:
            yield from schema_differences(one[name], other[name], _at(path, name), what=what)


def _new(words: str, schema: object) -> SchemaDifference:
    """With all that models read in it, however deep it stands."""
    texts: list[str] = []
    left = [schema]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            members = cast("dict[str, object]", one)
            texts += [_text(text) for key, text in members.items() if key in _TEXTS]
            left += reversed([inner for key, inner in members.items() if key not in _TEXTS])
        elif isinstance(one, list):
            left += reversed(cast("list[object]", one))
    said = beginning(*texts)
    return SchemaDifference(words, after=said.after if texts else None, left_out=said.words)


def _place(path: str, what: str) -> str:
    return f"The {what} {path}" if path else f"The {what}s as a whole"


def _at(path: str, name: str) -> str:
    found = f"{path}.{name}" if path else name
    return found if len(found) <= _LONGEST_PATH else f"{found[:_LONGEST_PATH]}…"


def _value(value: object) -> str:
    if value is None:
        return "not said"
    text = json.dumps(value, ensure_ascii=False)
    more = len(text) - _LONGEST_VALUE
    return text if more <= 0 else f"{text[:_LONGEST_VALUE]}… (and {more:,} characters more)"


def _only_in(these: object, those: object) -> list[object]:
    """Values by what they are written as: ``1`` is not ``true``."""
    others = {json.dumps(one, sort_keys=True) for one in _list(those)}
    return [one for one in _list(these) if json.dumps(one, sort_keys=True) not in others]


def _are_objects(*values: object) -> bool:
    return all(isinstance(one, dict) for one in values)


def _values(values: list[object]) -> str:
    first = ", ".join(_value(one) for one in values[:5])
    return f"{first} and {len(values) - 5} more" if len(values) > 5 else first  # noqa: PLR2004


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _names(value: object) -> frozenset[str]:
    return frozenset(one for one in _list(value) if isinstance(one, str))
