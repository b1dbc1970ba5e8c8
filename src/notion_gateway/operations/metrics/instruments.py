"""What is measured: names, labels and meaning. docs/metrics.md has the same as a table.

Names and labels of calls are those of OpenTelemetry's conventions for MCP as of version 0.1.0 of
semantic-conventions-genai (docs/gen-ai/mcp.md), in Prometheus's spelling; those of HTTP and of
database connections are of semantic-conventions 1.41. The former are in development: a newer
version may name them otherwise. What no convention names begins with ``notion_gateway_``.

No label has more values than a program has places: no space, no person, no address.
"""

from collections.abc import Sequence
from typing import Final, final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

CALL_SECONDS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)
"""As the conventions for MCP have them."""
REQUEST_SECONDS: Final = (
    *(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10),
)
"""As those for HTTP have them."""
ADDED_SECONDS: Final = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1),
    *(0.25, 0.5, 1, 2.5, 5, 10, 30),
)
RENEWAL_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
WAIT_SECONDS: Final = (0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25)
CALL_LABELS: Final = ("mcp_method_name", "gen_ai_tool_name", "error_type")
REQUEST_LABELS: Final = ("http_request_method", "http_route", "http_response_status_code")
_STATE: Final = "http_connection_state"
_POOL: Final = ("db_client_connection_state",)


@final
class Instruments:
    """All of them, in one registry. In several processes each gauge says how theirs are joined."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()

        def counter(name: str, says: str, labels: Sequence[str] = ()) -> Counter:
            return Counter(name, says, labels, registry=registry)

        def summed(name: str, says: str, labels: Sequence[str] = ()) -> Gauge:
            return Gauge(name, says, labels, registry=registry, multiprocess_mode="livesum")

        def worst(name: str, says: str) -> Gauge:
            return Gauge(name, says, registry=registry, multiprocess_mode="livemax")

        def newest(name: str, says: str, labels: Sequence[str] = ()) -> Gauge:
            return Gauge(name, says, labels, registry=registry, multiprocess_mode="livemostrecent")

        def histogram(
            name: str, says: str, labels: Sequence[str], buckets: Sequence[float]
        ) -> Histogram:
            return Histogram(name, says, labels, registry=registry, buckets=buckets)

        self.calls = histogram(
            "mcp_server_operation_duration_seconds",
            "Calls to Notion, lists from memory too, from the request's arrival to the last byte.",
            CALL_LABELS,
            CALL_SECONDS,
        )
        self.added = histogram(
            "notion_gateway_added_latency_seconds",
            "From a call's arrival until it was sent on to Notion.",
            CALL_LABELS,
            ADDED_SECONDS,
        )
        self.requests = histogram(
            "http_server_request_duration_seconds",
            "Requests to the gateway's other routes.",
            REQUEST_LABELS,
            REQUEST_SECONDS,
        )
        self.streams = summed(
            "notion_gateway_streams_open", "Answers that have begun and not ended."
        )
        self.connections = summed(
            "http_client_open_connections", "Connections to Notion.", (_STATE,)
        )
        self.renewals = histogram(
            "notion_gateway_token_refresh_duration_seconds",
            "Renewals of a space's tokens, by what became of them.",
            ("outcome",),
            RENEWAL_SECONDS,
        )
        self.lease_waits = histogram(
            "notion_gateway_lease_wait_duration_seconds",
            "How long a renewal waited for the space's lease.",
            ("outcome",),
            WAIT_SECONDS,
        )
        self.budget_waits = histogram(
            "notion_gateway_budget_wait_duration_seconds",
            "How long calls waited for their turn, where Notion had refused some.",
            ("outcome",),
            WAIT_SECONDS,
        )
        self.rate_limited = counter(
            "notion_gateway_rate_limited",
            "Calls that Notion refused for their number, those that were sent again too.",
        )
        self.budget_waiting = summed(
            "notion_gateway_budget_waiting_calls", "Calls that wait for their turn."
        )
        self.budget_paced = summed(
            "notion_gateway_budget_paced_grants", "Grants whose calls wait for their turn."
        )
        self.budget_used = summed(
            "notion_gateway_budget_used_calls",
            "Calls in the last window, of grants whose calls wait for their turn and of which it is"
            " known what Notion grants.",
        )
        self.budget_granted = summed(
            "notion_gateway_budget_granted_calls",
            "Calls that Notion grants the same ones in a window.",
        )
        self.looks = histogram(
            "notion_gateway_catalogue_look_duration_seconds",
            "The gateway's own looks at Notion's list of tools, by what became of them.",
            ("outcome",),
            WAIT_SECONDS,
        )
        self.unseen_changes = newest(
            "notion_gateway_catalogue_unseen_changes",
            "Changes in lists of tools that no owner has seen yet.",
        )
        self.deliveries = histogram(
            "notion_gateway_notice_delivery_duration_seconds",
            "Attempts to deliver a message to a webhook or by e-mail, by what became of them.",
            ("outcome",),
            WAIT_SECONDS,
        )
        self.audit_lost = counter(
            "notion_gateway_audit_entries_lost",
            "Calls that could not be recorded, or not be told where they are told, too.",
            ("at",),
        )
        # From the beginning, so that the first time counts as an increase.
        for outcome in ("renewed", "adopted", "refused", "ended", "unavailable", "failed"):
            self.renewals.labels(outcome)
        for outcome in ("taken", "given_up"):
            self.lease_waits.labels(outcome)
        for outcome in ("sent", "refused", "left"):
            self.budget_waits.labels(outcome)
        for outcome in ("same", "changed", "failed", "outdated"):
            self.looks.labels(outcome)
        for outcome in ("delivered", "failed", "given_up"):
            self.deliveries.labels(outcome)
        for at in ("database", "syslog", "opentelemetry"):
            self.audit_lost.labels(at)
        self.grants = newest("notion_gateway_grants", "Spaces by their link's state.", ("state",))
        self.grants_counted = newest(
            "notion_gateway_grants_counted_timestamp_seconds",
            "When the grants were last counted, in seconds since 1970.",
        )
        self.days_left = newest(
            "notion_gateway_grant_lapse_days",
            "Days until Notion forgets the grant that was renewed longest ago.",
        )
        self.lapsing = newest(
            "notion_gateway_grants_lapsing",
            "Grants that Notion forgets within so many days, if nobody renews them.",
            ("within_days",),
        )
        self.feed_delay = worst(
            "notion_gateway_change_feed_delay_seconds",
            "Since the last look at what other replicas have changed.",
        )
        self.heartbeat = Gauge(
            "notion_gateway_heartbeat_timestamp_seconds",
            "When the process last turned its event loop, in seconds since 1970; of several, the"
            " one that has not for longest.",
            registry=registry,
            multiprocess_mode="livemin",
        )
        self.loop_delay = worst(
            "notion_gateway_event_loop_delay_seconds",
            "How late the last second's timer was: so long every call waits.",
        )
        self.log_waiting = summed(
            "notion_gateway_log_waiting_characters", "Of lines of the log not yet written."
        )
        self.log_lost = counter(
            "notion_gateway_log_lines_lost", "Lines of the log that the disk did not take in time."
        )
        self.database = summed("db_client_connection_count", "Connections to the database.", _POOL)
        self.database_most = summed(
            "db_client_connection_max", "That may be open at a time; 0 for SQLite."
        )
        self.readiness = Gauge(
            "notion_gateway_readiness",
            "Each check of /readyz: 0 ok, 1 warning, 2 degraded, 3 failed.",
            ("check",),
            registry=registry,
            multiprocess_mode="livemax",
        )
        self.maintained = Gauge(
            "notion_gateway_maintenance_done_timestamp_seconds",
            "When this process last deleted all old rows, in seconds since 1970; 0: not yet.",
            registry=registry,
            multiprocess_mode="max",
        )
        self.info = Gauge(
            "notion_gateway_info",
            "Always 1; the version that runs.",
            ("version",),
            registry=registry,
            multiprocess_mode="livemax",
        )
        self.cpu = counter("process_cpu_seconds", "Processor time spent.")
        self.process = {
            "process_resident_memory_bytes": summed(
                "process_resident_memory_bytes", "Memory in use, in bytes."
            ),
            "process_open_fds": worst(
                "process_open_fds", "Open file descriptors, of the process that has most."
            ),
            "process_max_fds": Gauge(
                "process_max_fds",
                "That one process may have open.",
                registry=registry,
                multiprocess_mode="livemin",
            ),
            "process_start_time_seconds": Gauge(
                "process_start_time_seconds",
                "When it was started, in seconds since 1970.",
                registry=registry,
                multiprocess_mode="livemin",
            ),
        }
