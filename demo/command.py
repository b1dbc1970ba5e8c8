"""Starts gateway and front end beside a simulated Notion, and says what to try on them."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from notion_gateway.cli import local_identity
from notion_gateway.cli.front_end import UI_PORT, built_front_end, front_end
from notion_gateway.cli.output import Fault, print_text
from notion_gateway.cli.serve import GATEWAY_PORT, require_free
from notion_gateway.cli.target import DEFAULT_SPACE, Target, login_name

if TYPE_CHECKING:
    from notion_gateway.cli.supervisor import Service

SIMULATOR_PORT = 8010
DATA_FOLDER = Path("data/demo")
_MADE_HERE = (
    "gateway.sqlite3",
    "gateway.sqlite3-wal",
    "gateway.sqlite3-shm",
    "encryption.key",
    *local_identity.MADE_HERE,
)
_LOGS = ("gateway.log", "simulator.log", "front-end.log")
_FOREIGN = ("MODEL_", "ANTHROPIC_", "AUTH_")
"""Of the front end's settings, those that would lead out of the demo."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Where everything is. ``folder`` is absolute."""

    folder: Path
    gateway_port: int
    simulator_port: int
    ui_port: int
    keep: bool
    built: Path | None
    """The built front end; None where there is none."""

    def target(self, token: str | None = None) -> Target:
        url = f"http://localhost:{self.gateway_port}"
        return Target(url, DEFAULT_SPACE, login_name(), token)

    @property
    def simulator_url(self) -> str:
        return f"http://localhost:{self.simulator_port}"

    @property
    def ui_url(self) -> str | None:
        return f"http://localhost:{self.ui_port}" if self.built is not None else None


commands = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@commands.command()
def demo(
    *,
    gateway_port: Annotated[
        int, typer.Option(envvar="GATEWAY_PORT", min=1, max=65535, help="The gateway's port.")
    ] = GATEWAY_PORT,
    simulator_port: Annotated[
        int, typer.Option(envvar="SIMULATOR_PORT", min=1, max=65535, help="The simulator's port.")
    ] = SIMULATOR_PORT,
    ui_port: Annotated[
        int, typer.Option(envvar="UI_PORT", min=1, max=65535, help="The front end's port.")
    ] = UI_PORT,
    data_dir: Annotated[
        Path, typer.Option(help="Where the gateway's database, its key and the logs go.")
    ] = DATA_FOLDER,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the gateway's data of an earlier demo.")
    ] = False,
) -> None:
    """Run gateway and front end beside a simulated Notion, and print what to try."""
    import asyncio

    from notion_gateway.cli.supervisor import run

    built = built_front_end()
    plan = Plan(data_dir.absolute(), gateway_port, simulator_port, ui_port, keep, built)
    require_free("127.0.0.1", gateway_port, "--gateway-port")
    require_free("127.0.0.1", simulator_port, "--simulator-port")
    if built is not None:
        require_free("127.0.0.1", ui_port, "--ui-port")
    token = _prepare(plan)

    async def introduce() -> None:
        from demo.text import introduction
        from notion_gateway.cli.client import GatewayClient

        def start() -> str:
            with GatewayClient(plan.target(token)) as client:
                return client.start()

        link = None if plan.ui_url else await asyncio.to_thread(start)
        print_text(introduction(plan, link))

    asyncio.run(run(_services(plan), introduce()))


def _prepare(plan: Plan) -> str:
    """A folder for the owner's eyes; without ``keep``, nothing of an earlier demo in it.

    Returns the gateway token of the demo's space.
    """
    from notion_gateway.kernel.log import configure_logging
    from notion_gateway.settings import GivenSettings

    try:
        plan.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in (*(() if plan.keep else _MADE_HERE), *_LOGS):
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
    gateway_url = f"http://localhost:{plan.gateway_port}"
    settings = {
        "GATEWAY_DATA_DIR": str(plan.folder),
        "GATEWAY_APPLICATIONS_FILE": str(plan.folder / local_identity.APPLICATIONS),
        "GATEWAY_LOCAL_SIGN_IN": "1",
        "GATEWAY_AUDIT": "1",
        "NOTION_MCP_URL": f"{plan.simulator_url}/mcp",
    }
    if plan.ui_url is not None:
        settings["NOTION_MCP_RETURN_BASE_URL"] = plan.ui_url
    services = [
        Service(
            name="The simulated Notion",
            arguments=[
                *(sys.executable, "-m", "notion_simulator"),
                *("--port", str(plan.simulator_port)),
            ],
            environment=inherited,
            folder=plan.folder,
            log_file=plan.folder / "simulator.log",
            ready_url=f"http://127.0.0.1:{plan.simulator_port}/_simulator/health",
            is_program=True,
        ),
        Service(
            name="The gateway",
            arguments=["serve", "--port", str(plan.gateway_port)],
            environment=inherited | settings,
            folder=plan.folder,
            log_file=plan.folder / "gateway.log",
            ready_url=f"http://127.0.0.1:{plan.gateway_port}/readyz",
        ),
    ]
    if plan.built is not None:
        simulated = {
            "MODEL_BASE_URL": f"{plan.simulator_url}/v1",
            "MODEL_NAME": "scripted-demo",
            "MODEL_API_KEY": "demo",
            "NOTION_MCP_URL": settings["NOTION_MCP_URL"],
        }
        services.append(
            front_end(
                plan.built,
                data=plan.folder,
                gateway_url=gateway_url,
                port=plan.ui_port,
                environment=inherited | simulated,
                log_file=plan.folder / "front-end.log",
            )
        )
    return services


def _is_setting(name: str) -> bool:
    from notion_gateway.settings import Settings

    return name.lower() in Settings.model_fields or name.startswith(_FOREIGN)
