"""Settings about running the gateway: what it logs, and how it stops."""

from typing import Annotated, Literal

from pydantic import Field

from notion_gateway.settings.group import SettingsGroup


class OperationSettings(SettingsGroup):
    """What the gateway logs, and how it stops."""

    gateway_log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="auto: console on a terminal, JSON lines elsewhere."
    )
    gateway_log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severe level that is logged."
    )
    gateway_shutdown_notice_seconds: Annotated[float, Field(ge=0, le=600)] = Field(
        default=0.0,
        description="After SIGTERM, how long everything is still served while `/readyz` is 503, so"
        " that a load balancer sees it first. In Kubernetes 15.",
    )
    gateway_shutdown_drain_seconds: Annotated[float, Field(ge=0, le=3600)] = Field(
        default=10.0,
        description="After that, how long calls under way are waited for. Streams end within half"
        " of it, one after the other.",
    )
