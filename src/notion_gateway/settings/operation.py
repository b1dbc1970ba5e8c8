"""Settings about running the gateway: what it logs."""

from typing import Literal

from pydantic import Field

from notion_gateway.settings.group import SettingsGroup


class OperationSettings(SettingsGroup):
    """What the gateway logs, and how."""

    gateway_log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="auto: console on a terminal, JSON lines elsewhere."
    )
    gateway_log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severe level that is logged."
    )
