"""A policy as it is given: read, or refused with the line and the reason."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from pydantic import ValidationError

from notion_gateway.kernel.json import read_json
from notion_gateway.policy.errors import PolicyInvalid
from notion_gateway.policy.rules.document import PolicyDocument, Rules
from notion_gateway.policy.rules.lines import line_of, line_of_second
from notion_gateway.policy.rules.tools import KNOWN_TOOLS, lookalike

MAX_DOCUMENT_BYTES: Final = 64 * 1024


def read_policy(text: str, catalogue: Iterable[str] = ()) -> PolicyDocument:
    """``catalogue``: tools that Notion lists, besides those that this version knows.

    Raises PolicyInvalid with the line for what is no policy, and for a tool that nobody knows: a
    misspelt rule would protect nothing.
    """
    policy = read_form(text)
    known = KNOWN_TOOLS | frozenset(policy.seen_tools) | frozenset(catalogue)
    for place, tool in _named_tools(policy):
        if tool not in known:
            raise PolicyInvalid(_unknown(text, place, tool, known))
    return policy


def read_form(text: str) -> PolicyDocument:
    """The same, whatever tools it names: only a space's gateway knows what Notion lists there."""
    try:
        document, doubled = read_json(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as fault:
        raise PolicyInvalid(f"Line {fault.lineno}: this is no JSON ({fault.msg}).") from None
    except ValueError as fault:
        raise PolicyInvalid(f"Line 1: this is no JSON ({fault}).") from None
    if doubled:
        named = ", ".join(sorted(doubled))
        raise PolicyInvalid(
            f"Line {line_of_second(text)}: a member stands twice in one object: {named}."
        )
    return _validated(document, text)


def tools_named(policy: PolicyDocument) -> frozenset[str]:
    return frozenset(tool for _, tool in _named_tools(policy))


def stored_policy(document: object) -> PolicyDocument | None:
    """As it was stored; None where this version cannot read it, which a newer one wrote."""
    try:
        return PolicyDocument.model_validate(document)
    except ValidationError:
        return None


def written(policy: PolicyDocument) -> dict[str, Any]:
    """The document without what nobody gave, for the store and for people."""
    return policy.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _validated(document: object, text: str) -> PolicyDocument:
    try:
        return PolicyDocument.model_validate(document)
    except ValidationError as fault:
        first = fault.errors()[0]
    place = [one for one in first["loc"] if one != "[key]"]
    said = str(first["msg"]).removeprefix("Value error, ")
    path = _written_path(place)
    raise PolicyInvalid(f"Line {line_of(text, place)}: {path}: {said}.")


def _named_tools(policy: PolicyDocument) -> Iterable[tuple[Sequence[str | int], str]]:
    parts: list[tuple[list[str | int], Rules]] = [([], policy)]
    parts += [(["callers", number], one) for number, one in enumerate(policy.callers)]
    for place, rules in parts:
        for tool in rules.tools:
            yield [*place, "tools", tool], tool
        for number, one in enumerate(rules.arguments):
            yield [*place, "arguments", number, "tool"], one.tool


def _unknown(text: str, place: Sequence[str | int], tool: str, known: frozenset[str]) -> str:
    meant = lookalike(tool, known)
    otherwise = f"Did you mean {meant}?" if meant else "If Notion has it, add it to seen_tools."
    return (
        f"Line {line_of(text, place)}: {_written_path(place)}: there is no tool {tool} that this"
        f" gateway knows. {otherwise}"
    )


def _written_path(place: Sequence[object]) -> str:
    found = ""
    for one in place:
        found += f"[{one}]" if isinstance(one, int) else f".{one}"
    return found.removeprefix(".") or "the document"
