"""What the demo says when everything runs: one address to open, and calls to paste."""

from typing import TYPE_CHECKING

from notion_gateway.cli import local_identity
from notion_gateway.cli.shown_commands import command, flags, short

if TYPE_CHECKING:
    from demo.command import Plan

_IN_THE_BROWSER = """\
Open  {ui}

Sign in as "{user}", connect the space "Demo" to the simulated Notion, and ask the chat to find
and summarise the roadmap. The chat's model is a script that comes with the demo: it shows how
everything works together, and understands little.

The same from a shell, in another terminal, in this folder. Let yourself in first:

     export NOTION_GATEWAY_TOKEN="$(cat {token})"

1. Connect, unless you have: {cli} connect{flags}

"""
_IN_THE_SHELL = """\
The gateway runs on {gateway}, a simulated Notion on {simulator}.

1. Connect the space "{space}": open this link and choose a workspace.

     {link}

   It is good for one consent within ten minutes. Another one: {cli} connect{flags}

   Then let yourself in: in another terminal, in this folder, with the token of this demo.

     export NOTION_GATEWAY_TOKEN="$(cat {token})"

"""
_CALLS = """\
2. Look at the connection.

     curl -s {gateway}/integrations/notion/{space} -H "Authorization: Bearer $NOTION_GATEWAY_TOKEN"

     {cli} status{flags}

3. Call Notion's tools through the gateway.

     curl -s {gateway}/mcp/notion/{space} -H "Authorization: Bearer $NOTION_GATEWAY_TOKEN" \\
       -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' \\
       -H 'MCP-Protocol-Version: 2026-07-28' -H 'Mcp-Method: tools/list' \\
       -d '{tools_list}'

     {cli} tools list{flags}
     {cli} tools call notion-search --arg query=roadmap{flags}
     {cli} events{flags}

4. Give the space to an MCP client: it logs in by itself, with the address alone.

     claude mcp add --transport http notion-{space} {gateway}/mcp/notion/{space}

Data and logs are in {folder}. {memory}
Ctrl-C ends everything.
"""
_TOOLS_LIST = (
    '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{'
    '"io.modelcontextprotocol/protocolVersion":"2026-07-28",'
    '"io.modelcontextprotocol/clientInfo":{"name":"curl","version":"1"},'
    '"io.modelcontextprotocol/clientCapabilities":{}}}}'
)
_FRESH = "Each demo begins anew; --keep keeps the gateway's data."
_KEPT = (
    "The gateway kept its data, but the simulated Notion begins anew and knows none of its"
    " tokens: connect again."
)


def introduction(plan: "Plan", link: str | None) -> str:
    """For this folder and these ports. ``link``: a consent to begin with, without a front end."""
    target = plan.target()
    text = _IN_THE_SHELL if plan.ui_url is None else _IN_THE_BROWSER
    return (text + _CALLS).format(
        ui=plan.ui_url,
        user=target.user_id,
        gateway=target.url,
        simulator=plan.simulator_url,
        space=target.space_id,
        token=short(plan.folder / local_identity.TOKEN),
        link=link,
        cli=command(),
        flags=flags(target),
        tools_list=_TOOLS_LIST,
        folder=short(plan.folder),
        memory=_KEPT if plan.keep else _FRESH,
    )
