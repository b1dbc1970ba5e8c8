"""Whether a call's arguments are as a rule says, judged so that no spelling gets around it.

Notion reads arguments with more goodwill than JSON has: ``"true"`` for ``true``, a page by its id
with or without hyphens or by its address, an object written as a text. So a rule that names what
is bad takes whatever could be read as that; a rule that names what is good takes only what could
be read as nothing else.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, cast

from notion_gateway.policy.rules.document import ArgumentRule, Value
from notion_gateway.policy.rules.page_ids import ids_in

_BETWEEN: Final = re.compile(r"[-_\s]")
_NOT_TRUE: Final = frozenset({"", "0", "false", "no", "off", "null", "none"})
_NOT_FALSE: Final = frozenset({"1", "true", "yes", "on"})


def holds(rule: ArgumentRule, arguments: object) -> bool:
    """Whether a call with these arguments is one that the rule speaks about."""
    found = list(_at(arguments, rule.path.split(".")))
    if rule.is_present is not None:
        return bool(found)
    if rule.equals is not None:
        wanted = rule.equals
        return any(_may_be(one, wanted) for value in found for one in _leaves(value))
    if rule.one_of is not None:
        return any(
            _may_be(one, wanted)
            for value in found
            for one in _leaves(value)
            for wanted in rule.one_of
        )
    if rule.not_in is not None:
        return not found or not all(_is_exactly_one(value, rule.not_in) for value in found)
    if rule.contains is not None:
        part = rule.contains.casefold()
        return any(part in str(one).casefold() for value in found for one in _leaves(value))
    allowed = frozenset(one for page in rule.outside_pages or () for one in ids_in(page))
    return not found or not all(_names_only(value, allowed) for value in found)


def _at(value: object, path: Sequence[str]) -> Iterator[object]:
    """What stands at a path, by any name that differs in capitals, hyphens and underscores only."""
    if not path:
        yield value
        return
    name, rest = path[0], path[1:]
    if isinstance(value, dict):
        for key, inner in cast("dict[str, object]", value).items():
            if name == "*" or _spoken(key) == _spoken(name):
                yield from _at(inner, rest)
    elif isinstance(value, list):
        elements = cast("list[object]", value)
        if name == "*":
            for inner in elements:
                yield from _at(inner, rest)
        elif name.isdecimal() and int(name) < len(elements):
            yield from _at(elements[int(name)], rest)


def _spoken(name: str) -> str:
    return _BETWEEN.sub("", name.casefold())


def _leaves(value: object) -> Iterator[object]:
    if not value:
        yield value
    elif isinstance(value, dict):
        for inner in cast("dict[str, object]", value).values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _leaves(inner)
    else:
        yield value


def _may_be(value: object, wanted: Value) -> bool:
    """Whether some reader would take ``value`` for ``wanted``."""
    text = _text(value)
    if isinstance(wanted, bool):
        return text not in (_NOT_TRUE if wanted else _NOT_FALSE)
    if text == _text(wanted):
        return True
    if not isinstance(value, str) or not isinstance(wanted, str):
        return False
    if _spoken(value) == _spoken(wanted):
        return True
    return not set(ids_in(wanted)).isdisjoint(ids_in(value))


def _text(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip().casefold()


def _is_exactly_one(value: object, allowed: Sequence[Value]) -> bool:
    if any(type(value) is type(one) and value == one for one in allowed):
        return True
    if not isinstance(value, str):
        return False
    named = set(ids_in(value))
    return any(
        isinstance(one, str) and len(named) == 1 and named == set(ids_in(one)) for one in allowed
    )


def _names_only(value: object, allowed: frozenset[str]) -> bool:
    """At least one id, and none but these."""
    named = {one for leaf in _leaves(value) if isinstance(leaf, str) for one in ids_in(leaf)}
    return bool(named) and named <= allowed
