"""Settings that believe whoever calls: for a gateway that nobody but this machine reaches."""

from urllib.parse import urlsplit

from notion_gateway.kernel.addresses import is_loopback_name
from notion_gateway.settings.errors import ConfigurationError
from notion_gateway.settings.hosts_and_origins import listed
from notion_gateway.settings.loading import Settings

_BELIEVING = ("gateway_trust_headers", "gateway_local_sign_in")


def require_loopback(settings: Settings, host: str) -> None:
    """Raises ConfigurationError where belief without proof would be open to a network: by the
    address that is listened on, or by a public name that a tunnel or proxy leads here from.
    """
    for name in _BELIEVING:
        if not getattr(settings, name):
            continue
        believes = f"{name.upper()}=1 believes whoever calls, so"
        if not is_loopback_name(host):
            raise ConfigurationError(
                f"{believes} it binds to loopback only, not to {host}. Unset it, or use --host"
                " 127.0.0.1."
            )
        public = public_name(settings)
        if public is not None:
            raise ConfigurationError(
                f"{believes} it is for loopback only, but {public} names an address that others"
                " reach. Unset one of them; docs/identity.md says how people prove who they are."
            )


def public_name(settings: Settings) -> str | None:
    """The variable that names an address of this gateway beyond loopback; None where none does."""
    addresses = {
        "GATEWAY_PUBLIC_URL": [settings.gateway_public_url or ""],
        "NOTION_MCP_OAUTH_REDIRECT_URI": [settings.notion_mcp_oauth_redirect_uri],
        "GATEWAY_ALLOWED_HOSTS": [
            one if "//" in one else f"//{one}" for one in listed(settings.gateway_allowed_hosts)
        ],
    }
    for name, given in addresses.items():
        if any(one and not _is_loopback(one) for one in given):
            return name
    return None


def _is_loopback(address: str) -> bool:
    try:
        return is_loopback_name(urlsplit(address).hostname or "")
    except ValueError:
        return False
