"""What can be set, read from the environment or a ``.env`` file. Knows the kernel only."""

from notion_gateway.settings.access import ApplicationSettings, require_loopback
from notion_gateway.settings.errors import ConfigurationError
from notion_gateway.settings.loading import GivenSettings, Settings, load_settings
from notion_gateway.settings.notion import CALLBACK_PATH
from notion_gateway.settings.traffic import Network, comma_separated, networks

__all__ = [
    "CALLBACK_PATH",
    "ApplicationSettings",
    "ConfigurationError",
    "GivenSettings",
    "Network",
    "Settings",
    "comma_separated",
    "load_settings",
    "networks",
    "require_loopback",
]
