"""``serve``: the gateway, in the foreground."""

import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from notion_gateway.cli.output import Exit, Fault, hint
from notion_gateway.kernel.errors import StoreUnavailable

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
) -> None:
    """Run the gateway. Settings come from the environment or a .env file."""
    with configuration_faults():
        from notion_gateway.settings import load_settings, require_loopback

        settings = at_port(load_settings(), port)
        require_loopback(settings, host)
    require_free(host, port)

    import anyio

    from notion_gateway.kernel.log import configure_logging
    from notion_gateway.storage.opening import database_url, migrate, redis_url
    from notion_gateway.vault.opening import prepare

    configure_logging(settings.gateway_log_format, settings.gateway_log_level)
    with configuration_faults():
        database_url(settings)
        redis_url(settings)
        prepare(settings)
        try:
            anyio.run(migrate, settings)
        except StoreUnavailable as fault:
            raise Fault(f"{fault} {_NO_DATABASE}") from None

    from notion_gateway.app import create_app
    from notion_gateway.http.server import run

    if sys.stderr.isatty():
        _introduce(settings, port)
    run(create_app(settings), host, port)


@contextmanager
def configuration_faults() -> Generator[None]:
    """Settings that cannot be right are a fault of usage."""
    from notion_gateway.settings import ConfigurationError

    try:
        yield
    except ConfigurationError as fault:
        raise Fault(str(fault), Exit.USAGE) from None


def at_port(settings: "Settings", port: int) -> "Settings":
    """Unless it was set, the redirect URI is the callback of the gateway that serves here."""
    from notion_gateway.settings import CALLBACK_PATH

    if "notion_mcp_oauth_redirect_uri" in settings.model_fields_set:
        return settings
    here = f"http://localhost:{port}{CALLBACK_PATH}"
    return settings.model_copy(update={"notion_mcp_oauth_redirect_uri": here})


def require_free(host: str, port: int, option: str = "--port") -> None:
    """Raises Fault while something else listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise Fault(
                f"Port {port} on {host} cannot be used ({fault.strerror}): something else may be"
                f" running there. Stop that, or choose another port with {option}."
            ) from None


def _introduce(settings: "Settings", port: int) -> None:
    hint(f"Gateway on http://localhost:{port} for {settings.notion_mcp_url}")
    hint(f"Data in {settings.gateway_data_dir}")
    for line in who_is_let_in(settings):
        hint(line)
    hint("Connect a space: notion-gateway connect")


def who_is_let_in(settings: "Settings") -> list[str]:
    """What lets callers in with these settings, and what believes them without proof."""
    ways = ["gateway tokens (notion-gateway tokens create)"]
    if settings.applications():
        ways.append("principals that a configured application signs")
    if settings.gateway_oidc_issuer is not None:
        ways.append(f"people and tokens of {settings.gateway_oidc_issuer}")
    lines = [f"Callers are let in by {', '.join(ways)}."]
    if settings.gateway_local_sign_in:
        lines.append("A name is believed at the sign-in page (GATEWAY_LOCAL_SIGN_IN=1).")
    if settings.gateway_trust_headers:
        lines.append("X-User-ID is believed without proof (GATEWAY_TRUST_HEADERS=1).")
    return lines
