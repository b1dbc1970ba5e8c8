"""What a person sees where a program's request to log in leads nowhere."""

from collections.abc import Sequence

from fastapi import Response

from notion_gateway.http.pages import page, text

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
    """``words``: what is wrong, as whoever makes the program is told it."""
    body = f"""<p>What it asked this gateway for is not what a login needs:</p>
<p><code>{text(words)}</code></p>
<p>Go back to the program, and start the login again. If you come back to this page, compare the
address that it has for this server with the one that the space shows under <em>Connect a
client</em>, and look for a newer version of the program. Whoever makes it can tell from the line
above what is wrong.</p>"""
    return page("This program cannot log in", body, status=400)


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
