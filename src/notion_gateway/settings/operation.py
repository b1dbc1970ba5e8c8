"""Settings about running the gateway: what it logs, measures and traces, and how it stops."""

from ipaddress import IPv4Address
from typing import Annotated, Literal

from pydantic import Field, IPvAnyAddress

from notion_gateway.settings.group import SettingsGroup


class OperationSettings(SettingsGroup):
    """What the gateway logs, where its metrics and traces are, and how it stops."""

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
    gateway_audit: bool = Field(
        default=False,
        description="1: every call of a tool is kept in the database, for [the space's people to"
        " look up](audit.md).",
    )
    gateway_audit_days: Annotated[int, Field(ge=0, le=36_500)] = Field(
        default=90, description="After how many days an entry is deleted. 0: never."
    )
    gateway_audit_required: bool = Field(
        default=False,
        description="1: where entries cannot be stored, calls wait, and after five seconds are"
        " refused. 0: they go on, and the entry of those that were not kept counts them.",
    )
    gateway_metrics_port: Annotated[int, Field(ge=1, le=65535)] | None = Field(
        default=None,
        description="Port for [metrics](metrics.md), apart from the gateway's own. Unset: there"
        " are none, and nothing is counted.",
    )
    gateway_metrics_host: IPvAnyAddress = Field(
        default=IPv4Address("127.0.0.1"),
        description="Address that metrics are served on. Whoever reaches it may read them.",
    )
    gateway_traces: bool = Field(
        default=False,
        description="Whether [traces](traces.md) are sent to an OpenTelemetry collector, the one"
        " that the environment's `OTEL_EXPORTER_OTLP_ENDPOINT` names. Needs the extra `traces`.",
    )
