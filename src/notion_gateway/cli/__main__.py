"""``python -m notion_gateway.cli``."""

from notion_gateway.cli import app

app()
