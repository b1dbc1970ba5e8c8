"""The page on which a user lets a client into a workspace."""

import base64
import hashlib
from collections.abc import Sequence
from html import escape
from urllib.parse import urlsplit

from notion_simulator.oauth.authorization import AuthorizationRequest
from notion_simulator.workspace.model import Workspace

STYLE = """
:root{color-scheme:light dark;--ink:#1f1e1c;--soft:#6b6862;--paper:#fff;--back:#f6f5f3;
--line:#dfddd8;--accent:#1a6fd4;--on-accent:#fff}
@media (prefers-color-scheme:dark){:root{--ink:#efeeec;--soft:#a5a29b;--paper:#232220;
--back:#191817;--line:#3c3a37;--accent:#7ab5ff;--on-accent:#10233c}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--back);
color:var(--ink);font:1rem/1.5 ui-sans-serif,system-ui,"Segoe UI",Helvetica,Arial,sans-serif}
main{width:100%;max-width:27rem;background:var(--paper);border:1px solid var(--line);
border-radius:.9rem;padding:2rem;box-shadow:0 1rem 3rem rgb(0 0 0/.08)}
.mark{display:inline-grid;place-items:center;width:2.5rem;height:2.5rem;border:2px solid var(--ink);
border-radius:.4rem;font:700 1.3rem/1 ui-serif,Georgia,serif}
h1{font-size:1.35rem;line-height:1.3;margin:1.1rem 0 .4rem;overflow-wrap:anywhere}
p{margin:.4rem 0;color:var(--soft)}
fieldset{border:0;margin:1.4rem 0 0;padding:0}
legend{font-weight:600;padding:0;margin-bottom:.5rem}
label{display:flex;gap:.75rem;align-items:center;padding:.7rem .9rem;border:1px solid var(--line);
border-radius:.6rem;margin-bottom:.5rem;cursor:pointer}
label:has(:checked){border-color:var(--accent);box-shadow:inset 0 0 0 1px var(--accent)}
input{accent-color:var(--accent);width:1.1rem;height:1.1rem;flex:none}
small{display:block;color:var(--soft)}
.target{margin-top:1.2rem;padding:.7rem .9rem;background:var(--back);border-radius:.6rem;
overflow-wrap:anywhere}
.target code{color:var(--ink);font:.875rem/1.5 ui-monospace,Menlo,Consolas,monospace}
.actions{display:flex;gap:.75rem;margin-top:1.5rem}
button{flex:1;font:inherit;font-weight:600;padding:.7rem 1rem;border-radius:.6rem;cursor:pointer;
border:1px solid var(--line);background:transparent;color:var(--ink)}
button[value=allow]{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}
button:focus-visible,label:focus-within{outline:3px solid var(--accent);outline-offset:2px}
footer{margin-top:1.2rem;font-size:.85rem;color:var(--soft)}
"""
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
LOOPBACK = "http://localhost:* http://127.0.0.1:*"


def consent_page(request: AuthorizationRequest, workspaces: Sequence[Workspace], state: str) -> str:
    """Returns the page's HTML; everything the client said about itself is escaped."""
    name = escape(request.client.name or "An unnamed application")
    choices = "\n".join(
        _choice(workspace, checked=index == 0) for index, workspace in enumerate(workspaces)
    )
    person = escape(workspaces[0].person.email or workspaces[0].person.name)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Connect {name} - Notion simulator</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<span class="mark" aria-hidden="true">N</span>
<h1>{name} wants to connect to Notion</h1>
<p>It will read and change whatever you can, in the workspace you choose.</p>
<form method="post" action="/install-integration">
<input type="hidden" name="state" value="{escape(state)}">
<fieldset>
<legend>Workspace</legend>
{choices}
</fieldset>
<p class="target">You will be sent to<br><code>{escape(request.redirect_uri)}</code></p>
<div class="actions">
<button type="submit" name="decision" value="deny">Deny</button>
<button type="submit" name="decision" value="allow">Allow</button>
</div>
</form>
<footer>Signed in as {person}. This is a simulator; nothing here is real.</footer>
</main>
</body>
</html>
"""


def content_security_policy(redirect_uri: str) -> str:
    """Returns the page's policy.

    Browsers hold `form-action` against every redirect that follows a
    submission, so the client's own address has to be in it, and wherever a
    client under development sends the browser next.
    """
    parts = urlsplit(redirect_uri)
    target = f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"
    if any(character in target for character in " ;,'\""):
        target = ""
    return (
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self' https: {LOOPBACK} {target}".rstrip()
    )


def _choice(workspace: Workspace, *, checked: bool) -> str:
    pages = len(workspace.pages)
    noun = "page" if pages == 1 else "pages"
    return (
        f'<label><input type="radio" name="workspace" value="{escape(workspace.id)}" required'
        f"{' checked' if checked else ''}>"
        f"<span>{escape(workspace.name)}<small>{pages} {noun}</small></span></label>"
    )
