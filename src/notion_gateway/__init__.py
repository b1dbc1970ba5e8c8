"""Notion MCP Gateway: holds a team's connection to Notion so that nobody else has to."""

from importlib.metadata import version

__version__ = version("notion-mcp-gateway")
