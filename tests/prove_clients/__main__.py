"""``python -m tests.prove_clients``: real MCP clients against a gateway, and a table of what
they did. Ends with 1 where one did not do what it should.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path

import structlog
from rich.console import Console
from rich.table import Table

from tests.prove_clients.clients.claude_code import ClaudeCode, ClaudeCodeProject
from tests.prove_clients.clients.codex import Codex
from tests.prove_clients.clients.gemini import Gemini
from tests.prove_clients.clients.libraries import libraries
from tests.prove_clients.clients.mcp_remote import McpRemote
from tests.prove_clients.clients.opencode import OpenCode
from tests.prove_clients.install import install, version_of
from tests.prove_clients.proof import Row, Seen, prove
from tests.prove_clients.session import Client
from tests.prove_clients.stage import set_stage

_MIN_WIDTH = 160


def _slug(client: Client) -> str:
    return client.name.lower().replace(" ", "-").replace(",", "").replace(".", "")


def _shown(seen: Seen) -> str:
    return seen.text if seen.is_right else f"FAILED: {seen.text}"


def _table(rows: list[tuple[Client, Row]]) -> Table:
    table = Table(show_lines=True)
    for heading in (
        "client",
        "with a gateway token",
        "with a login",
        "started without a connection",
        "once connected, not restarted",
    ):
        table.add_column(heading)
    for client, row in rows:
        cells = (row.token, row.login, row.waiting, row.connected)
        about = f"{client.name} {version_of(client.package)}"
        table.add_row(about, *map(_shown, cells), style=None if row.is_right else "red")
    return table


async def _prove_all(clients: list[Client], folder: Path, flags: list[str]) -> int:
    said = Console(stderr=True)
    rows: list[tuple[Client, Row]] = []
    async with set_stage(folder, *flags) as stage:
        for client in clients:
            said.print(client.name)
            rows.append((client, await prove(stage, client, _slug(client))))
    out = Console()
    out.width = max(out.width, _MIN_WIDTH)
    out.print(_table(rows), markup=False)
    return 0 if all(row.is_right for _, row in rows) else 1


def main() -> int:
    clients: list[Client] = [
        *(ClaudeCode(), ClaudeCodeProject(), Codex(), Gemini(), OpenCode(), McpRemote()),
        *libraries(),
    ]
    known = {_slug(one): one for one in clients}
    parser = argparse.ArgumentParser(prog="prove-clients", description=__doc__)
    parser.add_argument("client", nargs="*", help=f"only these: {', '.join(known)}")
    parser.add_argument("--sessions", action="store_true", help="Notion keeps MCP sessions")
    parser.add_argument("--keep", type=Path, help="a new folder for logs and homes, to be kept")
    wish = parser.parse_args()
    unknown = set(wish.client) - known.keys()
    if unknown:
        parser.error(f"no such client: {', '.join(sorted(unknown))}")
    quiet = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=quiet)
    install()
    chosen = [known[name] for name in wish.client] if wish.client else clients
    flags = [] if wish.sessions else ["--no-session-ids"]
    if wish.keep is not None:
        wish.keep.mkdir(parents=True)
        return asyncio.run(_prove_all(chosen, wish.keep.resolve(), flags))
    with tempfile.TemporaryDirectory(prefix="prove-clients-", ignore_cleanup_errors=True) as folder:
        return asyncio.run(_prove_all(chosen, Path(folder), flags))


if __name__ == "__main__":
    sys.exit(main())
