"""The tools a client gives, found by Notion's names, and arguments that fit their schemas."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing import Registry
from referencing.exceptions import Unresolvable

from notion_simulator.model.conversation import ToolCall, ToolOffer

SEARCH = "notion-search"
FETCH = "notion-fetch"
CREATE = "notion-create-pages"
UPDATE = "notion-update-page"
QUERY = "notion-query-data-sources"
COMMENT = "notion-create-comment"
COMMENTS = "notion-get-comments"
TOO_DEEP = "it is nested too deeply"


class UnfitArgumentsError(Exception):
    """The tool the client gives takes other arguments than Notion's tool of that name."""


def is_tool(given: str, notion_name: str) -> bool:
    """Whether a client's name for a tool means Notion's: clients add prefixes, and use _ for -."""
    normal = given.lower().replace("_", "-")
    return normal == notion_name or normal.endswith(f"-{notion_name}")


class Toolbox:
    def __init__(self, offers: Sequence[ToolOffer]) -> None:
        self._offers = offers

    def __bool__(self) -> bool:
        return bool(self._offers)

    def has(self, notion_name: str) -> bool:
        return self._offer(notion_name) is not None

    def call(self, notion_name: str, arguments: Mapping[str, Any]) -> ToolCall | None:
        """Returns a call of a tool, None if the client does not give it.

        Raises `UnfitArgumentsError` if the given schema refuses the arguments.
        """
        offer = self._offer(notion_name)
        if offer is None:
            return None
        fitted = _fitted(offer.parameters, arguments)
        validator = Draft202012Validator(offer.parameters, registry=Registry())
        try:
            valid = validator.is_valid(fitted)  # pyright: ignore[reportUnknownMemberType]
        except (Unresolvable, RecursionError, re.error):
            valid = False
        if not valid:
            raise UnfitArgumentsError(offer.name)
        return ToolCall(offer.name, fitted)

    def _offer(self, notion_name: str) -> ToolOffer | None:
        return next((offer for offer in self._offers if is_tool(offer.name, notion_name)), None)


def schema_problem(schema: Mapping[str, Any]) -> str | None:
    """Returns what is wrong with a JSON schema, None if nothing is."""
    try:
        return _problem_of(json.dumps(schema))
    except RecursionError:
        return TOO_DEEP


@lru_cache(maxsize=512)
def _problem_of(schema: str) -> str | None:
    # A chat sends the same dozens of schemas with every message, and checking is slow.
    try:
        Draft202012Validator.check_schema(json.loads(schema))
    except SchemaError as error:
        return error.message
    except RecursionError:
        return TOO_DEEP
    return None


def _fitted(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Returns arguments without what the schema refuses, and with what it requires besides."""
    properties = cast("Mapping[str, Mapping[str, Any]]", schema.get("properties", {}))
    closed = schema.get("additionalProperties") is False
    fitted = {name: value for name, value in arguments.items() if not closed or name in properties}
    for name in cast("Sequence[str]", schema.get("required", ())):
        if name not in fitted:
            wanted = properties.get(name, {})
            if "default" in wanted:
                fitted[name] = wanted["default"]
            elif wanted.get("type") in {"object", "array"}:
                fitted[name] = {} if wanted["type"] == "object" else []
    return fitted
