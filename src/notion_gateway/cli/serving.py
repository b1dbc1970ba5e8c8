"""What ``serve`` and each of its workers begin with."""

import gc
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from notion_gateway.cli import not_loaded
from notion_gateway.cli.output import Exit, Fault

if TYPE_CHECKING:
    from notion_gateway.http.server import StopTimes
    from notion_gateway.settings import Settings

_OBJECTS_BEFORE_A_SEARCH = 1_000_000


def load_quickly() -> None:
    """Puts off the search for unused cycles until everything is loaded: what is loaded stays, and
    going through it again and again takes a tenth of the start. ``http.server.run`` sets what
    serving needs. Nor do libraries load what it does without.
    """
    gc.set_threshold(_OBJECTS_BEFORE_A_SEARCH)
    not_loaded.without_rich()
    not_loaded.without_orm()
    not_loaded.without_uvicorns_commands()
    not_loaded.without_pydantic_1()
    not_loaded.without_certificates_for_aiohttp()


def settings_for(host: str, port: int) -> "Settings":
    """Of a gateway that serves there. Raises ConfigurationError."""
    from notion_gateway.settings import load_settings, require_loopback

    settings = at_port(load_settings(), port)
    require_loopback(settings, host)
    return settings


def stop_times(settings: "Settings") -> "StopTimes":
    from notion_gateway.http.server import StopTimes

    return StopTimes(
        settings.gateway_shutdown_notice_seconds, settings.gateway_shutdown_drain_seconds
    )


@contextmanager
def configuration_faults() -> Generator[None]:
    """Settings that cannot be right are a fault of usage."""
    from notion_gateway.settings import ConfigurationError, NamedServiceUnavailable

    try:
        yield
    except NamedServiceUnavailable as fault:
        raise Fault(str(fault), Exit.UNAVAILABLE) from None
    except ConfigurationError as fault:
        raise Fault(str(fault), Exit.USAGE) from None


def at_port(settings: "Settings", port: int) -> "Settings":
    """Unless it was set, the redirect URI is the callback of the gateway that serves here."""
    from notion_gateway.settings import CALLBACK_PATH

    if "notion_mcp_oauth_redirect_uri" in settings.model_fields_set:
        return settings
    here = f"http://localhost:{port}{CALLBACK_PATH}"
    return settings.model_copy(update={"notion_mcp_oauth_redirect_uri": here})
