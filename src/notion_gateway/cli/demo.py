"""``demo``: the gateway beside a simulated Notion, and what to try on the two."""

import os
import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from notion_gateway.cli import local_identity
from notion_gateway.cli.output import Fault, print_text
from notion_gateway.cli.serve import GATEWAY_PORT, SIMULATOR_PORT, require_free
from notion_gateway.cli.target import DEFAULT_SPACE, DEFAULT_URL, Target, login_name

if TYPE_CHECKING:
    from notion_gateway.cli.supervisor import Service

DATA_FOLDER = Path("data/demo")
_MADE_HERE = (
    "gateway.sqlite3",
    "gateway.sqlite3-wal",
    "gateway.sqlite3-shm",
    "encryption.key",
    *local_identity.MADE_HERE,
)

_RUNNING = """\
The gateway runs on {gateway}, a simulated Notion on {simulator}.

1. Connect the space "{space}": open this link and choose a workspace.

     {link}

   It is good for one consent within ten minutes. Another one: {cli} connect{flags}

2. Let yourself in: in another terminal, in this folder, with the token of this demo.

     export NOTION_GATEWAY_TOKEN="$(cat {token})"

3. Look at the connection.

     curl -s {gateway}/integrations/notion/{space} -H "Authorization: Bearer $NOTION_GATEWAY_TOKEN"

     {cli} status{flags}

4. Call Notion's tools through the gateway.

     curl -s {gateway}/mcp/notion/{space} -H "Authorization: Bearer $NOTION_GATEWAY_TOKEN" \\
       -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' \\
       -H 'MCP-Protocol-Version: 2026-07-28' -H 'Mcp-Method: tools/list' \\
       -d '{tools_list}'

     {cli} tools list{flags}
     {cli} tools call notion-search --arg query=roadmap{flags}
     {cli} events{flags}

5. Give the space to an MCP client: it logs in by itself, with the address alone.

     claude mcp add --transport http notion {gateway}/mcp/notion/{space}

Data and logs are in {folder}. {memory}
Ctrl-C ends both.
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


@dataclass(frozen=True, slots=True)
class Plan:
    """Where everything is. ``folder`` is absolute."""

    folder: Path
    gateway_port: int
    simulator_port: int
    keep: bool

    def target(self, token: str | None = None) -> Target:
        url = f"http://localhost:{self.gateway_port}"
        return Target(url, DEFAULT_SPACE, login_name(), token)

    @property
    def simulator_url(self) -> str:
        return f"http://localhost:{self.simulator_port}"


def add_to(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    *,
    gateway_port: Annotated[
        int, typer.Option(envvar="GATEWAY_PORT", min=1, max=65535, help="The gateway's port.")
    ] = GATEWAY_PORT,
    simulator_port: Annotated[
        int, typer.Option(envvar="SIMULATOR_PORT", min=1, max=65535, help="The simulator's port.")
    ] = SIMULATOR_PORT,
    data_dir: Annotated[
        Path, typer.Option(help="Where the gateway's database, its key and the logs go.")
    ] = DATA_FOLDER,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the gateway's data of an earlier demo.")
    ] = False,
) -> None:
    """Run the gateway beside a simulated Notion, and print what to try."""
    import asyncio

    from notion_gateway.cli.supervisor import run

    plan = Plan(data_dir.absolute(), gateway_port, simulator_port, keep)
    require_free("127.0.0.1", gateway_port, "--gateway-port")
    require_free("127.0.0.1", simulator_port, "--simulator-port")
    token = _prepare(plan)

    async def introduce() -> None:
        from notion_gateway.cli.client import GatewayClient

        def start() -> str:
            with GatewayClient(plan.target(token)) as client:
                return client.start()

        print_text(introduction(plan, await asyncio.to_thread(start)))

    asyncio.run(run(_services(plan), introduce()))


def _prepare(plan: Plan) -> str:
    """A folder for the owner's eyes; without ``keep``, nothing of an earlier demo in it.

    Returns the gateway token of the demo's space.
    """
    from notion_gateway.config import GivenSettings
    from notion_gateway.log import configure_logging

    try:
        plan.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in (*(() if plan.keep else _MADE_HERE), "gateway.log", "simulator.log"):
            (plan.folder / name).unlink(missing_ok=True)
        local_identity.make_application(plan.folder)
        configure_logging("auto", "error")
        settings = GivenSettings(gateway_data_dir=plan.folder)
        return local_identity.make_space(settings, DEFAULT_SPACE, "Demo", login_name())
    except OSError as fault:
        raise Fault(f"{plan.folder} cannot be used ({fault.strerror}).") from None


def _services(plan: Plan) -> "list[Service]":
    from notion_gateway.cli.supervisor import Service

    # In the data folder no .env is read, and nothing of a real Notion reaches the simulated one.
    inherited = {name: value for name, value in os.environ.items() if not _is_setting(name)}
    return [
        Service(
            name="The simulated Notion",
            arguments=["simulate", "--port", str(plan.simulator_port)],
            environment=inherited,
            folder=plan.folder,
            log_file=plan.folder / "simulator.log",
            ready_url=f"http://127.0.0.1:{plan.simulator_port}/_simulator/health",
        ),
        Service(
            name="The gateway",
            arguments=["serve", "--port", str(plan.gateway_port)],
            environment=inherited
            | {
                "GATEWAY_DATA_DIR": str(plan.folder),
                "GATEWAY_APPLICATIONS_FILE": str(plan.folder / local_identity.APPLICATIONS),
                "GATEWAY_LOCAL_SIGN_IN": "1",
                "NOTION_MCP_URL": f"{plan.simulator_url}/mcp",
            },
            folder=plan.folder,
            log_file=plan.folder / "gateway.log",
            ready_url=f"http://127.0.0.1:{plan.gateway_port}/readyz",
        ),
    ]


def _is_setting(name: str) -> bool:
    from notion_gateway.config import Settings

    return name.lower() in Settings.model_fields


def introduction(plan: Plan, link: str) -> str:
    """What to open and what to type, for this folder and these ports."""
    target = plan.target()
    return _RUNNING.format(
        gateway=target.url,
        simulator=plan.simulator_url,
        space=target.space_id,
        token=_short(plan.folder / local_identity.TOKEN),
        link=link,
        cli=_command(),
        flags=_flags(target),
        tools_list=_TOOLS_LIST,
        folder=_short(plan.folder),
        memory=_KEPT if plan.keep else _FRESH,
    )


def _flags(target: Target) -> str:
    """What the printed commands need, unless it is what they do without."""
    given = {
        "--gateway": (os.environ.get("NOTION_GATEWAY_URL", DEFAULT_URL), target.url),
        "--space": (os.environ.get("NOTION_GATEWAY_SPACE", DEFAULT_SPACE), target.space_id),
    }
    return "".join(
        f" {option} {needed}" for option, (default, needed) in given.items() if default != needed
    )


def _command() -> str:
    """As it can be typed in another terminal, in the folder where this one was."""
    program = Path(sys.argv[0])
    installed = Path(sys.prefix, "bin", "notion-gateway")
    if program.name != "notion-gateway" or not shutil.which(str(program)):
        program = installed
    return shlex.quote(str(_short(program)))


def _short(path: Path) -> Path:
    """Relative where it lies below the current folder."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
