"""Which calls take away what is there: by the call, where its tool alone does not say.

The preset ``no_deleting`` blocks these calls, and the front end marks them and asks about each.
"""

from enum import StrEnum
from typing import Final

from notion_gateway.policy.rules.document import ArgumentRule, Effect
from notion_gateway.policy.rules.tools import DELETING_TOOLS, KNOWN_TOOLS, full_name


class TakesAway(StrEnum):
    ALWAYS = "always"
    BY_ARGUMENTS = "by_arguments"
    NEVER = "never"
    AS_ANNOTATED = "as_annotated"
    """The tool is not known here: what Notion says of it is all there is."""


def _blocked(tool: str, path: str, **form: object) -> ArgumentRule:
    given = {"tool": tool, "path": path, "then": Effect.BLOCK, **form}
    return ArgumentRule.model_validate(given)


TAKING_AWAY: Final = (
    _blocked("notion-update-page", "command", **{"is": "replace_content"}),
    _blocked("notion-update-page", "command", **{"is": "replace_content_range"}),
    _blocked("notion-update-page", "allow_deleting_content", **{"is": True}),
    # The tool's older form has all of it within one object.
    _blocked(
        "notion-update-page",
        "data.command",
        **{"in": ["replace_content", "replace_content_range"]},
    ),
    _blocked("notion-update-page", "data.allow_deleting_content", **{"is": True}),
    _blocked("notion-update-data-source", "in_trash", **{"is": True}),
    _blocked("notion-update-data-source", "statements", contains="drop"),
    _blocked("notion-update-folder", "command", **{"is": "remove_files"}),
)
"""Of tools that do more than that: a call that one of these holds for takes something away."""


def takes_away(tool: str) -> TakesAway:
    """Whether calls of it do."""
    known = full_name(tool)
    if known in DELETING_TOOLS:
        return TakesAway.ALWAYS
    if any(rule.tool == known for rule in TAKING_AWAY):
        return TakesAway.BY_ARGUMENTS
    return TakesAway.NEVER if known in KNOWN_TOOLS else TakesAway.AS_ANNOTATED
