"""The page on which a user lets a client into a workspace."""

import base64
import hashlib
from collections.abc import Sequence
from html import escape
from urllib.parse import urlsplit

from notion_simulator.oauth.authorization import AuthorizationRequest
from notion_simulator.workspace.model import Workspace

STYLE = """
:root{color-scheme:light dark;--ink:#1f1e1c;--soft:#62605a;--paper:#fff;--back:#f4f2ee;
--line:#dcd9d2;--accent:#1a66c7;--on-accent:#fff;--good:#2f7a4d;--note:#8a5a00;--note-back:#fdf3dc}
@media (prefers-color-scheme:dark){:root{--ink:#efeeec;--soft:#aaa79f;--paper:#232220;
--back:#171614;--line:#44413d;--accent:#7ab5ff;--on-accent:#0d2340;--good:#7fcf9f;
--note:#f0c674;--note-back:#352b15}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;
background:var(--back);color:var(--ink);
font:1rem/1.5 ui-sans-serif,system-ui,"Segoe UI",Helvetica,Arial,sans-serif}
main{width:100%;max-width:28rem;background:var(--paper);border:1px solid var(--line);
border-radius:1rem;padding:1.75rem 2rem;box-shadow:0 1rem 3rem rgb(0 0 0/.08)}
header{display:flex;align-items:center;gap:.6rem}
.mark{display:grid;place-items:center;width:2.75rem;height:2.75rem;border-radius:.6rem;
font:700 1.3rem/1 ui-serif,Georgia,serif;border:2px solid var(--ink)}
.mark.client{background:var(--ink);color:var(--paper)}
.link{width:1.75rem;border-top:2px dotted var(--soft)}
.badge{margin-left:auto;padding:.15rem .6rem;border-radius:1rem;font-size:.8rem;font-weight:600;
color:var(--note);background:var(--note-back)}
h1{font-size:1.35rem;line-height:1.3;margin:1.2rem 0 .6rem;overflow-wrap:anywhere;
text-wrap:balance}
ul{list-style:none;margin:0;padding:0;color:var(--soft)}
li{display:flex;gap:.6rem;margin:.2rem 0}
li::before{content:"\\2713";color:var(--good);font-weight:700}
li.not::before{content:"\\2715";color:var(--soft)}
fieldset{border:0;margin:1.25rem 0 0;padding:0}
legend{font-weight:600;padding:0;margin-bottom:.5rem}
label{display:flex;gap:.75rem;align-items:center;padding:.55rem .8rem;border:1px solid var(--line);
border-radius:.7rem;margin-bottom:.5rem;cursor:pointer}
label:hover{border-color:var(--soft)}
label:has(:checked){border-color:var(--accent);box-shadow:inset 0 0 0 1px var(--accent)}
.space{display:grid;place-items:center;flex:none;width:2.1rem;height:2.1rem;border-radius:.5rem;
background:var(--back);border:1px solid var(--line);font-weight:700}
.name{flex:1;min-width:0;overflow-wrap:anywhere}
input{accent-color:var(--accent);width:1.1rem;height:1.1rem;flex:none}
small{display:block;color:var(--soft);line-height:1.3}
.target{margin:1rem 0 0;padding:.7rem .9rem;background:var(--back);border-radius:.7rem;
color:var(--soft);font-size:.9rem}
code{display:block;color:var(--ink);font:.85rem/1.5 ui-monospace,Menlo,Consolas,monospace;
overflow-wrap:anywhere}
.actions{display:flex;gap:.75rem;margin-top:1.25rem}
button{flex:1;font:inherit;font-weight:600;padding:.7rem 1rem;border-radius:.7rem;cursor:pointer;
border:1px solid var(--line);background:transparent;color:var(--ink)}
button:hover{border-color:var(--soft)}
button[value=allow]{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}
button[value=allow]:hover{filter:brightness(1.08)}
button:focus-visible,label:has(:focus-visible){outline:3px solid var(--accent);outline-offset:2px}
footer{margin-top:1rem;font-size:.85rem;color:var(--soft)}
@media (max-width:28rem){body{padding:.75rem;place-items:start center}main{padding:1.25rem}}
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
<header>
<span class="mark client" aria-hidden="true">{escape(_initial(request.client.name))}</span>
<span class="link"></span>
<span class="mark" aria-hidden="true">N</span>
<span class="badge">Simulator</span>
</header>
<h1>{name} wants to connect to Notion</h1>
<ul>
<li>Read whatever you can read in one workspace</li>
<li>Create and change pages, databases and comments there</li>
<li class="not">Nothing in your other workspaces</li>
</ul>
<form method="post" action="/install-integration">
<input type="hidden" name="state" value="{escape(state)}">
<fieldset>
<legend>Workspace</legend>
{choices}
</fieldset>
<p class="target">You will be sent to <code>{_breakable(request.redirect_uri)}</code></p>
<div class="actions">
<button type="submit" name="decision" value="deny">Deny</button>
<button type="submit" name="decision" value="allow">Allow</button>
</div>
</form>
<footer>Signed in as {person}. Nothing here is real.</footer>
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
        f'<label><span class="space" aria-hidden="true">{escape(_initial(workspace.name))}</span>'
        f'<span class="name">{escape(workspace.name)}<small>{pages} {noun}</small></span>'
        f'<input type="radio" name="workspace" value="{escape(workspace.id)}" required'
        f"{' checked' if checked else ''}></label>"
    )


def _initial(name: str) -> str:
    return name.strip()[:1].upper() or "?"


def _breakable(uri: str) -> str:
    """Returns an escaped URI that may be broken after its slashes."""
    return escape(uri).replace("/", "/<wbr>").replace("/<wbr>/<wbr>", "//")
