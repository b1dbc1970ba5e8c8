"""``python -m demo``."""

from demo.command import commands
from notion_gateway.cli.program import run_commands

run_commands(commands)
