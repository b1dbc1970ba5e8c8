"""Every tool there is, and the check of a call's arguments."""

import json
from collections.abc import Mapping
from typing import Any, Protocol, cast

from jsonschema import Draft202012Validator

from notion_simulator.tools import (
    access,
    agents,
    async_tasks,
    attachments,
    comments,
    databases,
    delete,
    duplicate,
    fetch,
    folders,
    meetings,
    move,
    next_steps,
    pages,
    people,
    query,
    search,
    session_search,
    sidebar,
    skills,
    views,
)
from notion_simulator.tools.tool import Tool

FAMILIES = (
    search,
    fetch,
    access,
    pages,
    move,
    delete,
    duplicate,
    databases,
    views,
    query,
    meetings,
    comments,
    people,
    async_tasks,
    attachments,
    folders,
    sidebar,
    skills,
    agents,
    session_search,
    next_steps,
)
TOOLS: dict[str, Tool] = {tool.name: tool for family in FAMILIES for tool in family.TOOLS}


class _Issue(Protocol):
    @property
    def validator(self) -> str: ...
    @property
    def absolute_path(self) -> list[str | int]: ...
    @property
    def message(self) -> str: ...


def argument_issues(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> str | None:
    """Returns what is wrong with the arguments as a JSON list of issues, None if nothing is."""
    validator = Draft202012Validator(schema)
    found = cast("list[_Issue]", list(validator.iter_errors(dict(arguments))))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    if not found:
        return None
    issues = [
        {"code": issue.validator, "path": list(issue.absolute_path), "message": issue.message}
        for issue in found
    ]
    return json.dumps(issues, ensure_ascii=False)
