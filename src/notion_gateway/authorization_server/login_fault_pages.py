"""What a person sees where a program's request to log in leads nowhere."""

from collections.abc import Sequence

from fastapi import Response

from notion_gateway.http.pages import page, sentence, text

_FORGETTING: Sequence[tuple[str, str]] = (
    ("Claude Code", "Type /mcp, choose this server, then Clear authentication and Authenticate."),
    (
        "Cursor",
        "In the settings, under MCP, log out of this server, or remove it and add it again.",
    ),
    (
        "VS Code",
        "From the command palette, run Authentication: Remove Dynamic Authentication Providers.",
    ),
    ("Another program", "Remove the server there, and add it again."),
)


def cannot_log_in(words: str) -> Response:
    return sentence("This program cannot log in", words, status=400)


def unknown_client() -> Response:
    """Programs keep a client id for ever, and use it again where it has lapsed long ago, or was
    another gateway's. They cannot be told so: nobody knows where their redirects may lead.
    """
    steps = "".join(
        f'<div><dt>{text(program)}</dt><dd><span class="soft">{text(step)}</span></dd></div>'
        for program, step in _FORGETTING
    )
    body = f"""<p>It uses a registration that this gateway does not know: one that has lapsed, or
that another gateway made.</p>
<p>Let it forget that, and it registers anew:</p>
<dl>{steps}</dl>"""
    return page("This program cannot log in", body, status=400)
