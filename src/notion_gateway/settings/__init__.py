"""What can be set, read from the environment or a ``.env`` file. Knows the kernel only."""

from notion_gateway.settings.access import ApplicationSettings
from notion_gateway.settings.errors import ConfigurationError, NamedServiceUnavailable
from notion_gateway.settings.hosts_and_origins import ANY_OF_SCHEME, listed
from notion_gateway.settings.issuers import IssuerSettings, MembershipSettings
from notion_gateway.settings.loading import GivenSettings, Settings, load_settings
from notion_gateway.settings.loopback import public_name, require_loopback
from notion_gateway.settings.notion import CALLBACK_PATH
from notion_gateway.settings.traffic import Network, networks

__all__ = [
    "ANY_OF_SCHEME",
    "CALLBACK_PATH",
    "ApplicationSettings",
    "ConfigurationError",
    "GivenSettings",
    "IssuerSettings",
    "MembershipSettings",
    "NamedServiceUnavailable",
    "Network",
    "Settings",
    "listed",
    "load_settings",
    "networks",
    "public_name",
    "require_loopback",
]
