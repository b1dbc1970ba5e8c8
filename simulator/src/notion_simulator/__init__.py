"""Notion's side of the conversation: authorization server, MCP server and a workspace to work on.

Stands alone: nothing here knows the gateway, so it can be used to test any
client of Notion's hosted MCP server.

    python -m notion_simulator --port 8010 --rotation strict --auto-consent

or, inside a test:

    with serving(SimulatorSettings(auto_consent=True)) as running:
        ...  # running.url

Tests steer and watch it over HTTP under /_simulator.
"""

from notion_simulator.app import create_app
from notion_simulator.server import serving
from notion_simulator.settings import SimulatorSettings

__all__ = ["SimulatorSettings", "create_app", "serving"]
