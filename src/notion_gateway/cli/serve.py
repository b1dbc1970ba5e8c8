"""``serve``: the gateway, in the foreground."""

import errno
import socket
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from notion_gateway.cli.output import Exit, Fault, hint
from notion_gateway.cli.serving import (
    configuration_faults,
    load_quickly,
    settings_for,
    stop_times,
)
from notion_gateway.cli.variables import unknown_variables
from notion_gateway.kernel.errors import StoreUnavailable, StoreUnfit

if TYPE_CHECKING:
    from notion_gateway.settings import Settings

GATEWAY_PORT = 8000

_NO_DATABASE = "Nothing is served without it; `notion-gateway doctor` looks closer."


def add_to(app: typer.Typer) -> None:
    app.command()(serve)


def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(envvar="GATEWAY_PORT", min=1, max=65535, help="Port to listen on.")
    ] = GATEWAY_PORT,
    workers: Annotated[
        int,
        typer.Option(
            envvar="GATEWAY_WORKERS", min=1, max=64, help="Processes that serve. One for each core."
        ),
    ] = 1,
) -> None:
    """Run the gateway. Settings come from the environment or a .env file."""
    load_quickly()
    with configuration_faults():
        settings = settings_for(host, port)
        warnings = unknown_variables()
    require_free(host, port)
    _require_metrics_port(settings, port)

    import anyio
    import structlog

    from notion_gateway.audit.opening import require_audit_logs
    from notion_gateway.kernel.log import configure_logging
    from notion_gateway.operations.traces.if_on import require_traces
    from notion_gateway.storage.opening import database_url, redis_url, require_fit
    from notion_gateway.vault.opening import open_keyring, prepare

    log = structlog.stdlib.get_logger()
    configure_logging(settings.gateway_log_format, settings.gateway_log_level)
    for sentence in warnings:
        log.warning("unknown_variable", detail=sentence)
    with configuration_faults():
        database_url(settings)
        redis_url(settings)
        require_traces(settings)
        require_audit_logs(settings)
        prepare(settings)
        try:
            anyio.run(require_fit, settings)
        except StoreUnfit as fault:
            raise Fault(str(fault), Exit.MISFIT) from None
        except StoreUnavailable as fault:
            raise Fault(f"{fault} {_NO_DATABASE}", Exit.UNAVAILABLE) from None
        if workers > 1:  # each opens the keys for itself; what keeps them from it is told once
            anyio.run(open_keyring, settings)

    if sys.stderr.isatty():
        for line in introduction(settings, port):
            hint(line)
    if workers > 1:
        from notion_gateway.cli.parent import Given, become_parent

        become_parent(
            Given(
                host,
                port,
                workers,
                settings.gateway_log_format,
                settings.gateway_log_level,
                str(settings.gateway_metrics_host),
                settings.gateway_metrics_port,
                settings.gateway_hung_worker_seconds,
            )
        )

    from notion_gateway.app import create_app
    from notion_gateway.http.server import run

    with configuration_faults():
        run(create_app(settings), host, port, times=stop_times(settings))


def require_free(host: str, port: int, option: str = "--port") -> None:
    """Raises Fault where nobody can listen, or something else does."""
    if not host.strip():
        raise Fault("--host is empty. It takes an address, such as 127.0.0.1.", Exit.USAGE)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            if fault.errno == errno.EADDRINUSE:
                raise Fault(
                    f"Port {port} on {host} is taken: something else is running there. Stop that,"
                    f" or choose another port with {option}.",
                    Exit.UNAVAILABLE,
                ) from None
            if fault.errno in (errno.EACCES, errno.EPERM):
                raise Fault(
                    f"Port {port} needs rights that this user has not. Choose one above 1023 with"
                    f" {option}.",
                    Exit.USAGE,
                ) from None
            raise Fault(
                f"{host} is no address of this machine ({fault.strerror}). --host takes one, such"
                " as 127.0.0.1, or 0.0.0.0 for all.",
                Exit.USAGE,
            ) from None


def _require_metrics_port(settings: "Settings", port: int) -> None:
    """Raises Fault as ``require_free``."""
    own = settings.gateway_metrics_port
    if own is None:
        return
    if own == port:
        raise Fault(
            "GATEWAY_METRICS_PORT is the port that the gateway itself listens on. Metrics need"
            " one of their own.",
            Exit.USAGE,
        )
    require_free(str(settings.gateway_metrics_host), own, "GATEWAY_METRICS_PORT")


def introduction(settings: "Settings", port: int) -> list[str]:
    """What a person at a terminal is told at the start, line by line."""
    connect = "notion-gateway connect"
    if not settings.gateway_trust_headers:
        connect += ", with a token that was made with --manage in NOTION_GATEWAY_TOKEN"
    return [
        f"Gateway on http://localhost:{port} for {settings.notion_mcp_url}",
        f"Data in {settings.gateway_data_dir}",
        *_who_may_call(settings),
        f"Connect a space: {connect}",
    ]


def _who_may_call(settings: "Settings") -> list[str]:
    """What lets callers in, with these settings; first what lets in anybody."""
    make = "`notion-gateway tokens create` makes one"
    ways: list[str] = []
    if settings.gateway_trust_headers:
        ways.append(
            "Every program on this machine can call as any user (GATEWAY_TRUST_HEADERS=1): the"
            " user that X-User-ID names is not checked. For development only."
        )
    if settings.gateway_local_sign_in:
        ways.append(
            "Everybody on this machine can sign in as any user, by name alone"
            " (GATEWAY_LOCAL_SIGN_IN=1). For demos only."
        )
    issuer = settings.gateway_oidc_issuer
    if settings.gateway_oidc_client_id is not None:
        ways.append(f"People sign in at {issuer}.")
    if settings.gateway_oidc_audience is not None:
        ways.append(f"Access tokens of {issuer} for {settings.gateway_oidc_audience} are accepted.")
    applications = [one.name for one in settings.applications()]
    if applications:
        ways.append(f"Applications that sign for their users: {', '.join(applications)}.")
    if ways:
        return [*ways, f"Gateway tokens let programs in: {make}."]
    return [
        f"Only gateway tokens let callers in: {make}, `notion-gateway spaces create` the space.",
        "Other ways to let people and programs in: docs/identity.md.",
    ]
