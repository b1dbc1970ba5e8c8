"""The only place where adapters are built, joined to use cases, and closed again."""

from notion_gateway.bootstrap.gateway import Check, Gateway, open_gateway, open_registration
from notion_gateway.bootstrap.keys import open_keyring, prepare

__all__ = ["Check", "Gateway", "open_gateway", "open_keyring", "open_registration", "prepare"]
