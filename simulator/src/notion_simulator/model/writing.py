"""What the scripted model says, in Markdown.

Titles and texts out of the workspace are escaped or quoted, and links lead to
the addresses that tools returned. Summaries are in `summaries`.
"""

from collections.abc import Sequence
from typing import Any

from notion_simulator.model.markdown import escaped, link, quoted
from notion_simulator.model.outcomes import Failed
from notion_simulator.model.reading import Column, Entity, Hit
from notion_simulator.model.toolbox import (
    COMMENT,
    CREATE,
    FETCH,
    SEARCH,
    UPDATE,
    Toolbox,
)

INTRODUCTION = (
    "I am a scripted demo model, not an AI: I follow fixed rules and understand plain requests."
)
EXAMPLES = (
    (SEARCH, "Find pages about the release"),
    (FETCH, "Summarise the Team Handbook"),
    (FETCH, "Summarise the roadmap"),
    (CREATE, 'Create a page called "Lunch ideas" with text "Soup on Monday"'),
    (UPDATE, "Rename the Empty Scratchpad page to Ideas"),
    (UPDATE, 'Append "Remember the demo" to the Release Process page'),
    (UPDATE, "Change the status of Write the guide to In progress"),
    (COMMENT, 'Comment on the Release Process: "Who publishes the notes?"'),
)
DEEDS = {
    SEARCH: "search the workspace",
    FETCH: "read the page",
    CREATE: "create the page",
    UPDATE: "change the page",
    COMMENT: "add the comment",
}
MAX_QUOTED_CHARACTERS = 8_000
MAX_MESSAGE_CHARACTERS = 300
NOTHING_CHANGED = "Nothing was changed."


# Help and questions


def help_with(tools: Toolbox, *, asked: bool) -> str:
    """Returns examples of what can be asked with the tools at hand."""
    examples = [f"- {example}" for tool, example in EXAMPLES if tools.has(tool)]
    opening = "" if asked else "I did not understand that. "
    if not examples:
        return (
            f"{opening}This chat has given me no Notion tools, so there is nothing I can look up. "
            "Connect the space to Notion, then ask again."
        )
    return "\n".join([f"{opening}You can ask me things like:", "", *examples])


def which_title() -> str:
    return 'What is the page to be called? For instance: create a page called "Lunch ideas".'


def which_page() -> str:
    return "I do not know which page you mean. Name it, for instance: summarise the Team Handbook."


def which_one(name: str, pages: Sequence[Hit]) -> str:
    return "\n".join(
        [
            f"Several pages could be “{escaped(name)}”. {NOTHING_CHANGED} Which one do you mean?",
            "",
            *(hit_line(hit) for hit in pages),
        ]
    )


def no_such_result() -> str:
    return "There is no such result. Search first, then say which one: the first, the second."


# How calls can end


def failed(tool: str, failure: Failed) -> str:
    """Says that a tool failed, why, and what to do."""
    why = escaped(failure.message[:MAX_MESSAGE_CHARACTERS])
    text = f"I could not {deed(tool)}: {why}"
    if failure.wants_reconnect:
        return (
            f"{text}\n\nThe connection to Notion seems to be the reason. Reconnect, and ask again."
        )
    return f"{text}\n\nYou can ask again, or in other words."


def denied(tool: str) -> str:
    return f"You did not allow me to {deed(tool)}, so I left it. {_unchanged(tool)}".strip()


def cancelled(tool: str) -> str:
    return f"That was stopped before it ended: I did not {deed(tool)}. Ask again if you want it."


def tool_said(text: str) -> str:
    return f"Notion answered in words:\n\n{quoted(escaped(text[:MAX_MESSAGE_CHARACTERS]))}"


def tool_missing(tool: str) -> str:
    return (
        f"I would need the tool `{tool}` to {deed(tool)}, and this chat has not given it to me. "
        "The space may be read-only, or the tool blocked."
    )


def unfit(tool: str) -> str:
    return (
        f"The tool `{tool}` of this chat takes other arguments than I know, so I did not call it."
    )


def deed(tool: str) -> str:
    """Returns what a tool does, after "to"."""
    return DEEDS.get(tool, f"use {tool}")


def _unchanged(tool: str) -> str:
    return NOTHING_CHANGED if tool in {CREATE, UPDATE, COMMENT} else ""


# Finding


def hit_line(hit: Hit) -> str:
    """Returns one line of a list of pages."""
    where = f" in {escaped(hit.path)}" if hit.path else ""
    kind = " (database)" if hit.kind == "database" else ""
    return f"- {link(hit.title, hit.url)}{kind}{where}"


def found(words: str, hits: Sequence[Hit]) -> str:
    if not hits:
        return nothing_found(words)
    count = f"{len(hits)} {'result' if len(hits) == 1 else 'results'}"
    return "\n".join([f"{count} for “{escaped(words)}”:", "", *map(hit_line, hits)])


def recent(hits: Sequence[Hit]) -> str:
    if not hits:
        return "There are no pages yet."
    return "\n".join(["Edited last:", "", *map(hit_line, hits)])


def databases(hits: Sequence[Hit]) -> str:
    if not hits:
        return "There are no databases in this workspace."
    return "\n".join(["The databases of this workspace:", "", *map(hit_line, hits)])


def nothing_found(name: str) -> str:
    return f"I found nothing for “{escaped(name)}”."


def no_such_page(name: str, hits: Sequence[Hit]) -> str:
    opening = f"No page is called “{escaped(name)}”. {NOTHING_CHANGED}"
    if not hits:
        return opening
    return "\n".join([f"{opening} The nearest I found:", "", *map(hit_line, hits[:3])])


def as_written(entity: Entity) -> str:
    """Returns a page's own Markdown as a quotation, unchanged: whoever shows it must be careful."""
    heading = link(entity.title, entity.url)
    if entity.kind in {"database", "data_source"}:
        return f"{heading} is a database. Ask me to summarise it, or for its rows."
    if not entity.content:
        return f"{heading} is empty."
    content = entity.content[:MAX_QUOTED_CHARACTERS]
    ending = "" if content == entity.content else "\n\nIt goes on; this is the beginning."
    return f"{heading} says:\n\n{quoted(content)}{ending}"


def comments(hit: Hit, texts: Sequence[str]) -> str:
    page = link(hit.title or "the page", hit.url)
    if not texts:
        return f"There are no comments on {page}."
    return "\n".join([f"Comments on {page}:", "", *(f"- {escaped(text)}" for text in texts)])


def identity(data: dict[str, Any]) -> str:
    """Says who is connected, from the fetched `self`."""
    text = data.get("text")
    return escaped(text) if isinstance(text, str) else "Notion did not say who is connected."


def no_database(hit: Hit) -> str:
    return f"{link(hit.title, hit.url)} is not a database, so it has no rows."


# Changing


def about_to_change(hit: Hit) -> str:
    return f"I am about to change {link(hit.title, hit.url)}."


def about_to_create(title: str) -> str:
    return f"I am about to create the page “{escaped(title)}”."


def about_to_comment(hit: Hit) -> str:
    return f"I am about to comment on {link(hit.title or 'the page', hit.url)}."


def created(made: Sequence[Hit], title: str, parent: Hit | None) -> str:
    page = link(title, made[0].url if made else "")
    where = (
        f" below {link(parent.title, parent.url)}" if parent is not None and parent.title else ""
    )
    return f"Done: I created {page}{where}."


def renamed(entity: Entity, title: str) -> str:
    return f"Done: “{escaped(entity.title)}” is now called {link(title, entity.url)}."


def value_set(hit: Hit, column: str, before: object, after: str) -> str:
    was = f" It was “{escaped(str(before))}” before." if before is not None else ""
    page = link(hit.title, hit.url)
    return f"Done: {escaped(column)} of {page} is now “{escaped(after)}”.{was}"


def appended(hit: Hit, content: str) -> str:
    return f"Done: I added this at the end of {link(hit.title, hit.url)}:\n\n{quoted(content)}"


def replaced(hit: Hit, old: str, new: str, count: int) -> str:
    times = "" if count == 1 else f" in {count} places"
    page = link(hit.title, hit.url)
    return f"Done: on {page} “{escaped(old)}” is now “{escaped(new)}”{times}."


def replaced_all(hit: Hit) -> str:
    return f"Done: {link(hit.title, hit.url)} has the new text."


def checked_off(hit: Hit, item: str) -> str:
    return f"Done: “{escaped(item)}” is checked off on {link(hit.title, hit.url)}."


def commented(hit: Hit, text: str) -> str:
    return f"Done: I commented on {link(hit.title or 'the page', hit.url)}:\n\n{quoted(text)}"


# Why a change was not tried


def only_pages(hit: Hit) -> str:
    return f"{link(hit.title, hit.url)} is not a page, and I change pages only. {NOTHING_CHANGED}"


def not_on_page(hit: Hit, old: str) -> str:
    return f"“{escaped(old)}” is not on {link(hit.title, hit.url)}. {NOTHING_CHANGED}"


def no_such_to_do(hit: Hit, item: str, count: int) -> str:
    many = "Several open to-dos" if count else "No open to-do"
    page = link(hit.title, hit.url)
    return f"{many} on {page} would be “{escaped(item)}”. {NOTHING_CHANGED}"


def no_properties(hit: Hit, column: str) -> str:
    page = link(hit.title, hit.url)
    return f"{page} is not a row of a database, so it has no “{escaped(column)}”. {NOTHING_CHANGED}"


def no_such_column(name: str, columns: Sequence[Column]) -> str:
    names = ", ".join(escaped(column.name) for column in columns) or "none"
    return f"There is no column “{escaped(name)}”. The columns are: {names}."


def no_such_option(column: Column, value: str) -> str:
    options = ", ".join(f"“{escaped(option)}”" for option in column.options)
    return f"“{escaped(value)}” is no option of {escaped(column.name)}. There are: {options}."


def not_a_number(column: str, value: str) -> str:
    return f"{escaped(column)} takes a number, and “{escaped(value)}” is none."
