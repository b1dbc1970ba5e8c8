"""``start``: gateway and front end for the real Notion, on this machine, for whoever uses it."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from notion_gateway.cli import local_identity
from notion_gateway.cli.front_end import UI_PORT, built_front_end, front_end
from notion_gateway.cli.output import Fault, hint, print_text
from notion_gateway.cli.serve import GATEWAY_PORT, require_free
from notion_gateway.cli.serving import at_port, configuration_faults
from notion_gateway.cli.target import DEFAULT_SPACE, Target, login_name
from notion_gateway.cli.variables import unknown_variables

if TYPE_CHECKING:
    from pathlib import Path

    from notion_gateway.cli.supervisor import Service
    from notion_gateway.settings import Settings

_RUNNING = """\
{first}

From a shell, in another terminal, in this folder:

     export NOTION_GATEWAY_TOKEN="$(cat {token})"
     {cli} connect{flags}
     {cli} tools list{flags}

An MCP client, which logs in by itself:

     claude mcp add --transport http notion-{space} {gateway}/mcp/notion/{space}

Data and logs are in {folder}. Ctrl-C ends everything.
"""
_OPEN = """\
Open  {ui}

Sign in as "{user}" and connect your space to Notion."""
_GATEWAY_ONLY = "The gateway runs on {gateway}."

_SIGN_IN = {"gateway_oidc_issuer", "gateway_local_sign_in"}
"""Whoever sets one of these has decided how people sign in."""


def add_to(app: typer.Typer) -> None:
    app.command()(start)


def start(
    *,
    port: Annotated[
        int, typer.Option(envvar="GATEWAY_PORT", min=1, max=65535, help="The gateway's port.")
    ] = GATEWAY_PORT,
    ui_port: Annotated[
        int, typer.Option(envvar="UI_PORT", min=1, max=65535, help="The front end's port.")
    ] = UI_PORT,
) -> None:
    """Run gateway and front end for the real Notion, on this machine only.

    Settings come from the environment or a .env file. People sign in by name alone, so that
    everybody on this machine is believed: at the gateway's pages unless GATEWAY_OIDC_ISSUER, a
    public address or GATEWAY_LOCAL_SIGN_IN itself is set, at the front end unless
    AUTH_OIDC_ISSUER or DEMO_SIGN_IN is.
    """
    import asyncio

    from notion_gateway.cli.supervisor import run
    from notion_gateway.kernel.log import configure_logging
    from notion_gateway.settings import load_settings

    with configuration_faults():
        settings = at_port(load_settings(), port)
        settings.require_data_dir()
        for sentence in unknown_variables():
            hint(sentence)
    configure_logging("auto", "error")
    built = built_front_end()
    require_free("127.0.0.1", port)
    if built is not None:
        require_free("127.0.0.1", ui_port, "--ui-port")
    folder = settings.gateway_data_dir
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        local_identity.make_application(folder)
    except OSError as fault:
        raise Fault(f"{folder} cannot be used ({fault.strerror}).") from None
    with configuration_faults():
        local_identity.make_space(settings, DEFAULT_SPACE, "Home", login_name())
    services = services_of(settings, built, port, ui_port)

    async def introduce() -> None:
        print_text(_introduction(folder, port, ui_port if built else None))

    asyncio.run(run(services, introduce()))


def services_of(
    settings: "Settings", built: "Path | None", port: int, ui_port: int
) -> "list[Service]":
    from pathlib import Path

    from notion_gateway.cli.supervisor import Service
    from notion_gateway.settings import public_name

    folder, given = settings.gateway_data_dir, settings.model_fields_set
    # Nobody balances here: who stops it should not have to wait.
    added = {"GATEWAY_SHUTDOWN_NOTICE_SECONDS": "0"}
    if not {"gateway_applications", "gateway_applications_file"} & given:
        added["GATEWAY_APPLICATIONS_FILE"] = str(folder / local_identity.APPLICATIONS)
    if not _SIGN_IN & given and public_name(settings) is None:
        added["GATEWAY_LOCAL_SIGN_IN"] = "1"
    if built is not None and "notion_mcp_return_base_url" not in given:
        added["NOTION_MCP_RETURN_BASE_URL"] = f"http://localhost:{ui_port}"
    services = [
        Service(
            name="The gateway",
            arguments=["serve", "--port", str(port)],
            environment={**os.environ, **added},
            folder=Path.cwd(),  # where its .env file is
            log_file=folder / "gateway.log",
            ready_url=f"http://127.0.0.1:{port}/readyz",
        )
    ]
    if built is not None:
        services.append(
            front_end(
                built,
                data=folder,
                gateway_url=f"http://localhost:{port}",
                port=ui_port,
                environment={**os.environ, "NOTION_MCP_URL": settings.notion_mcp_url},
                log_file=folder / "front-end.log",
            )
        )
    return services


def _introduction(folder: "Path", port: int, ui_port: int | None) -> str:
    from notion_gateway.cli.shown_commands import command, flags, short

    target = Target(f"http://localhost:{port}", DEFAULT_SPACE, login_name())
    first = _GATEWAY_ONLY.format(gateway=target.url)
    if ui_port is not None:
        first = _OPEN.format(ui=f"http://localhost:{ui_port}", user=target.user_id)
    return _RUNNING.format(
        first=first,
        gateway=target.url,
        space=target.space_id,
        token=short(folder / local_identity.TOKEN),
        cli=command(),
        flags=flags(target),
        folder=short(folder),
    )
