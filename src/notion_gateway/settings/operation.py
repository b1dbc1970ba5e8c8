"""Settings about running the gateway: what it logs, measures and traces, and how it stops."""

import base64
from ipaddress import IPv4Address
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, IPvAnyAddress, SecretStr, field_validator, model_validator

from notion_gateway.settings.group import SettingsGroup
from notion_gateway.settings.web_address import WebAddress

_SIGNING_PREFIX: Final = "whsec_"
_SIGNING_BYTES: Final = range(24, 65)  # Standard Webhooks, "Signature scheme"


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
    gateway_hung_worker_seconds: Annotated[float, Field(ge=0, le=3600)] = Field(
        default=60.0,
        description="With `--workers`, a worker that has done nothing for so long, not even turned"
        " its event loop, is killed, and another one started. 0: never.",
    )
    gateway_audit: bool = Field(
        default=False,
        description="1: every call of a tool is kept in the database, for [the space's people to"
        " look up](audit.md).",
    )
    gateway_audit_days: Annotated[int, Field(ge=0, le=36_500)] = Field(
        default=90,
        description="After how many days an entry is deleted, where a space's owners have not set"
        " otherwise. 0: never.",
    )
    gateway_audit_required: bool = Field(
        default=False,
        description="1: while the database does not take entries, or 10,000 of them wait, calls"
        " wait, and after five seconds are refused. 0: they go on, and the entry of those that were"
        " not kept counts them.",
    )
    gateway_audit_syslog: str | None = Field(
        default=None,
        description="Where each recorded call is [told, too](audit.md#to-a-syslog-server):"
        " `udp://`, `tcp://` or `tls://` with a host, and a port or 514, 601, 6514; or `unix://`"
        " with the path of a socket.",
    )
    gateway_audit_opentelemetry: bool = Field(
        default=False,
        description="1: each recorded call is [told, too](audit.md#to-opentelemetry), to an"
        " OpenTelemetry collector as a log record, the one that the environment's"
        " `OTEL_EXPORTER_OTLP_ENDPOINT` names. Needs the extra `traces`.",
    )
    gateway_catalogue_hours: Annotated[float, Field(ge=0, le=24 * 30)] = Field(
        default=24.0,
        description="How long after a look at [what tools Notion lists](catalogue.md) for a space"
        " there is another one. 0: nobody looks.",
    )
    gateway_webhook_url: WebAddress | None = Field(
        default=None,
        description="Where the operator is told [what happens](notices.md) to the connections of"
        " every space. Needs GATEWAY_WEBHOOK_SECRET.",
    )
    gateway_webhook_secret: SecretStr | None = Field(
        default=None,
        description="What those messages are signed with: whsec_ and 24 to 64 random bytes in"
        " Base64.",
    )
    gateway_webhook_allow_private_addresses: bool = Field(
        default=False,
        description="1: webhooks, also those that owners of spaces name, may be at private"
        " addresses and on this machine, by http too.",
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

    @field_validator("gateway_webhook_secret")
    @classmethod
    def _is_a_signing_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        prefix, _, encoded = value.get_secret_value().partition(_SIGNING_PREFIX)
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError:
            key = b""
        if prefix or len(key) not in _SIGNING_BYTES:
            raise ValueError(
                'must be whsec_ and 24 to 64 bytes in Base64; make one with: echo "whsec_$(openssl'
                ' rand -base64 32)"'
            )
        return value

    @field_validator("gateway_audit_syslog")
    @classmethod
    def _is_a_syslog_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            _ = parts.port
        except ValueError:
            parts = urlsplit("")
        beyond = parts.query or parts.fragment or parts.username or parts.password
        is_server = parts.scheme in ("udp", "tcp", "tls") and parts.hostname
        is_socket = parts.scheme == "unix" and not parts.netloc and parts.path.startswith("/")
        if beyond or not (is_socket or (is_server and parts.path in ("", "/"))):
            raise ValueError(
                "must be udp://, tcp:// or tls:// with a host and perhaps a port, such as"
                " tls://logs.example.com:6514, or unix:///dev/log"
            )
        return value

    @model_validator(mode="after")
    def _check_audit(self) -> Self:
        if self.gateway_audit_syslog is not None and not self.gateway_audit:
            raise ValueError("GATEWAY_AUDIT_SYSLOG needs GATEWAY_AUDIT=1: nothing is told else")
        if self.gateway_audit_opentelemetry and not self.gateway_audit:
            raise ValueError(
                "GATEWAY_AUDIT_OPENTELEMETRY needs GATEWAY_AUDIT=1: nothing is told else"
            )
        if self.gateway_audit_required and not self.gateway_audit:
            raise ValueError("GATEWAY_AUDIT_REQUIRED needs GATEWAY_AUDIT=1: nothing is kept else")
        return self

    @model_validator(mode="after")
    def _check_webhook(self) -> Self:
        if (self.gateway_webhook_url is None) != (self.gateway_webhook_secret is None):
            raise ValueError("GATEWAY_WEBHOOK_URL and GATEWAY_WEBHOOK_SECRET need each other")
        return self
