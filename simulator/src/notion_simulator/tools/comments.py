"""notion-create-comment and notion-get-comments."""

from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape, quoteattr

from notion_simulator.tools.errors import invalid, not_found
from notion_simulator.tools.parents import find_page
from notion_simulator.tools.tool import ADDS, READS, Arguments, Call, Result, Tool, schema, text
from notion_simulator.workspace.model import Comment, Discussion, Page, canonical_id, iso

ELLIPSIS = "..."


def create_comment(call: Call, arguments: Arguments) -> Result:
    """Adds a comment to a discussion, or starts one on the page or on a piece of its text."""
    page = find_page(call, arguments["page_id"])
    if ("markdown" in arguments) == ("rich_text" in arguments):
        message = "Exactly one of markdown and rich_text is required."
        raise invalid(message)
    body = arguments.get("markdown") or _plain_text(arguments.get("rich_text", []))
    comment = Comment(str(uuid4()), call.user.id, call.now, body)
    if "discussion_id" in arguments:
        _find_discussion(call, page, arguments["discussion_id"]).comments.append(comment)
    else:
        selection = arguments.get("selection_with_ellipsis")
        context = None if selection is None else _selected(page, selection)
        discussion = Discussion(str(uuid4()), page.id, [comment], context)
        call.workspace.discussions[discussion.id] = discussion
    return {"result": {"status": "success", "id": comment.id}}


def get_comments(call: Call, arguments: Arguments) -> Result:
    """Returns a page's discussions as XML; without any, an empty object."""
    page = find_page(call, arguments["page_id"])
    found = [item for item in call.workspace.discussions.values() if item.page_id == page.id]
    if "discussion_id" in arguments:
        found = [_find_discussion(call, page, arguments["discussion_id"])]
    everywhere = arguments.get("include_all_blocks") or "discussion_id" in arguments
    shown = [
        item
        for item in found
        if (arguments.get("include_resolved") or not item.resolved)
        and (everywhere or item.text_context is None)
    ]
    if not found:
        return {}
    body = "\n".join(_discussion(call, page, item) for item in shown)
    counts = f'total-count="{len(found)}" shown-count="{len(shown)}"'
    return {"text": f"<discussions {counts}>\n{body}\n</discussions>"}


def _discussion(call: Call, page: Page, discussion: Discussion) -> str:
    context = ' context="page"'
    if discussion.text_context is not None:
        context = f' context="inline" text-context={quoteattr(discussion.text_context)}'
    opening = (
        f'<discussion id="{discussion.url}" comment-count="{len(discussion.comments)}" '
        f'resolved="{str(discussion.resolved).lower()}" type="comment"{context}>'
    )
    comments = [_comment(call, page, comment) for comment in discussion.comments]
    return "\n".join([opening, *comments, "</discussion>"])


def _comment(call: Call, page: Page, comment: Comment) -> str:
    author = call.workspace.users.get(comment.author_id)
    user = f"user://{comment.author_id}"
    if author is not None and author.email is not None:
        user += f"/{author.email}"
    return (
        f'<comment id="{comment.id}" url="{page.url}?d={comment.id.replace("-", "")}" '
        f'user-url={quoteattr(user)} datetime="{iso(comment.created_at)}">'
        f"{escape(comment.markdown)}</comment>"
    )


def _find_discussion(call: Call, page: Page, reference: str) -> Discussion:
    discussion = call.workspace.discussions.get(canonical_id(reference) or "")
    if discussion is None or discussion.page_id != page.id:
        raise not_found("discussion", reference)
    return discussion


def _selected(page: Page, selection: str) -> str:
    start, separator, end = selection.partition(ELLIPSIS)
    begin = page.content.find(start)
    last = page.content.find(end, begin + len(start)) if separator else begin
    if not start or begin < 0 or last < 0:
        message = f"No matches found for selection_with_ellipsis: {selection!r}"
        raise invalid(message)
    return page.content[begin : last + len(end)] if separator else start


def _plain_text(rich_text: list[dict[str, Any]]) -> str:
    return "".join(
        str(item.get("plain_text") or item.get("text", {}).get("content", "")) for item in rich_text
    )


TOOLS = (
    Tool(
        "notion-create-comment",
        "Create a comment",
        "Comments on a page, on a piece of its text (selection_with_ellipsis: the first and last "
        "few characters joined by ...), or in an existing discussion.",
        schema(
            {
                "page_id": text("UUID of the page"),
                "markdown": text("The comment"),
                "rich_text": {"type": "array", "items": {"type": "object"}},
                "discussion_id": text("discussion://…"),
                "selection_with_ellipsis": text("start...end"),
            },
            ("page_id",),
        ),
        ADDS,
        create_comment,
    ),
    Tool(
        "notion-get-comments",
        "Get comments",
        "Reads the discussions of a page.",
        schema(
            {
                "page_id": text("UUID of the page"),
                "include_resolved": {"type": "boolean"},
                "include_all_blocks": {"type": "boolean"},
                "discussion_id": text("discussion://…"),
            },
            ("page_id",),
        ),
        READS,
        get_comments,
    ),
)
