"""`python -m notion_simulator`."""

from notion_simulator.cli import app

app()
