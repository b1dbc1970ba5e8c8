"""Notion's side of the conversation: authorization server, MCP server and a workspace to work on.

Stands alone: nothing here knows the gateway, so it can be used to test any
client of Notion's hosted MCP server.
"""

from notion_simulator.app import create_app
from notion_simulator.settings import SimulatorSettings

__all__ = ["SimulatorSettings", "create_app"]
