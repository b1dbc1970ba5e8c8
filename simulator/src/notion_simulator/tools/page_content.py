"""The commands of notion-update-page that change a page's content."""

from collections.abc import Mapping
from typing import Any

from notion_simulator.tools.errors import invalid
from notion_simulator.tools.parents import children, trash_database, trash_page
from notion_simulator.tools.tool import Arguments, Call
from notion_simulator.workspace.model import Page


def update_content(call: Call, page: Page, arguments: Arguments) -> None:
    """Searches and replaces; nothing changes unless every piece is found."""
    _set_content(call, page, _edited(page.content, _updates(arguments)), arguments)


def replace_content(call: Call, page: Page, arguments: Arguments) -> None:
    """Replaces everything, children only if the caller says so."""
    _set_content(call, page, needed(arguments, "new_str"), arguments)


def insert_content(page: Page, arguments: Arguments) -> None:
    """Adds content before or after what is there."""
    page.content = _inserted(page.content, arguments)


def needed(arguments: Arguments, key: str) -> str:
    """Returns an argument that the command needs, or raises the error that says so."""
    value = arguments.get(key)
    if not isinstance(value, str):
        message = f"{key} is required for {arguments['command']}."
        raise invalid(message)
    return value


def _updates(arguments: Arguments) -> list[Mapping[str, Any]]:
    updates: list[Mapping[str, Any]] = arguments.get("content_updates", [])
    if not updates:
        message = "content_updates is required for update_content."
        raise invalid(message)
    return updates


def _edited(content: str, updates: list[Mapping[str, Any]]) -> str:
    for update in updates:
        old, new = str(update["old_str"]), str(update["new_str"])
        matches = content.count(old)
        if matches == 0:
            message = f"No matches found for old_str: {old!r}"
            raise invalid(message)
        if matches > 1 and not update.get("replace_all_matches"):
            message = (
                f"Multiple matches ({matches}) found for old_str: {old!r}. "
                "Add context or set replace_all_matches."
            )
            raise invalid(message)
        content = content.replace(old, new)
    return content


def _set_content(call: Call, page: Page, content: str, arguments: Arguments) -> None:
    lost = [child for child in children(call.workspace, page) if child.url not in content]
    if lost and not arguments.get("allow_deleting_content"):
        titles = ", ".join(child.title for child in lost)
        message = (
            f"This would delete child pages or databases: {titles}. Keep their elements in the "
            "content, or set allow_deleting_content."
        )
        raise invalid(message)
    for child in lost:
        if isinstance(child, Page):
            trash_page(call.workspace, child)
        else:
            trash_database(call.workspace, child)
    page.content = content


def _inserted(content: str, arguments: Arguments) -> str:
    addition = needed(arguments, "content")
    if not content:
        return addition
    at_start = arguments.get("position", {"type": "end"})["type"] == "start"
    return f"{addition}\n{content}" if at_start else f"{content}\n{addition}"
