"""Whether a call's arguments are as a rule says, judged so that no spelling gets around it.

Notion reads arguments with more goodwill than JSON has: ``"true"`` for ``true``, a page by its id
with or without hyphens or by its address, an object written as a text or alone in a list. So a rule
that names what is bad takes whatever could be read as that; a rule that names what is good takes
only what could be read as nothing else.
"""

from collections.abc import Sequence
from typing import Final, cast

from notion_gateway.kernel.page_ids import ids_in, only_id_in
from notion_gateway.policy.rules.document import ArgumentRule, Value
from notion_gateway.policy.rules.spellings import (
    Unread,
    leaves,
    may_stand_at,
    plainly_at,
    read_text,
    spoken,
)

_NOT_TRUE: Final = frozenset({"", "0", "false", "no", "off", "null", "none"})
_NOT_FALSE: Final = frozenset({"1", "true", "yes", "on"})
_NAMING: Final = frozenset(
    f"{what}{form}{plural}"
    for what in ("", "page", "database", "datasource", "block")
    for form in ("id", "url")
    for plural in ("", "s")
)
"""Members of an object that name a page, as ``spoken`` has them. By any other one, Notion may take
the object for something else than a page: ``workspace`` is one.
"""


def holds(rule: ArgumentRule, arguments: object) -> bool:
    """Whether a call with these arguments is one that the rule speaks about."""
    path = rule.path.split(".")
    found = may_stand_at(arguments, path)
    if rule.is_present is not None:
        return bool(found)
    if rule.not_in is not None or rule.outside_pages is not None:
        stands_there = any(True for _ in plainly_at(arguments, path))
        return not (stands_there and all(_is_good(rule, value) for value in found))
    return any(
        one is Unread.UNCLEAR or _may_be_bad(rule, one) for value in found for one in leaves(value)
    )


def _may_be_bad(rule: ArgumentRule, value: object) -> bool:
    if rule.contains is not None:
        return rule.contains.casefold() in str(value).casefold()
    wanted = rule.one_of if rule.equals is None else (rule.equals,)
    return any(_may_be(value, one) for one in wanted or ())


def _is_good(rule: ArgumentRule, value: object) -> bool:
    if rule.not_in is not None:
        return _is_exactly_one(value, rule.not_in)
    allowed = frozenset(one for page in rule.outside_pages or () for one in ids_in(page))
    return _names_only(value, allowed)


def _may_be(value: object, wanted: Value) -> bool:
    """Whether some reader would take ``value`` for ``wanted``."""
    text = _text(value)
    if isinstance(wanted, bool):
        return text not in (_NOT_TRUE if wanted else _NOT_FALSE)
    if text == _text(wanted):
        return True
    if isinstance(wanted, int):
        return _is_number(text, wanted)
    if not isinstance(value, str):
        return False
    if spoken(value) == spoken(wanted):
        return True
    return not set(ids_in(wanted)).isdisjoint(ids_in(value))


def _is_number(text: str, wanted: int) -> bool:
    """``7.0`` and ``7e0`` are 7."""
    try:
        return float(text) == wanted
    except ValueError:
        return False


def _text(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip().casefold()


def _is_exactly_one(value: object, allowed: Sequence[Value]) -> bool:
    if any(type(value) is type(one) and value == one for one in allowed):
        return True
    named = only_id_in(value) if isinstance(value, str) else None
    return named is not None and any(
        isinstance(one, str) and {*ids_in(one)} == {named} for one in allowed
    )


def _names_only(value: object, allowed: frozenset[str]) -> bool:
    """Whether all that stands there names one of these pages, and can be read in no other way."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            read = read_text(one)
            if read is not Unread.PLAIN_TEXT:
                left.append(read)
            elif only_id_in(one) not in allowed:
                return False
        elif isinstance(one, list) and one:
            left += cast("list[object]", one)
        elif isinstance(one, dict) and one:
            members = cast("dict[str, object]", one)
            naming = [name for name in members if spoken(name) in _NAMING]
            if not all(name in naming or _is_type(name, members, naming) for name in members):
                return False
            left += [members[name] for name in naming]
        else:
            return False
    return True


def _is_type(name: str, members: dict[str, object], naming: Sequence[str]) -> bool:
    """Whether it is the member by which Notion says which of the others counts."""
    kind = members[name]
    return (
        spoken(name) == "type"
        and isinstance(kind, str)
        and spoken(kind) in {spoken(one) for one in naming}
    )
