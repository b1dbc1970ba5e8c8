"""Which tools a plan gives, and how a call is answered that it does not give.

The statuses and their names are Notion's; which plan has which is put together
from what its tool descriptions say, and any of it can be overruled by the
setting `tool_access`.
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from notion_simulator.settings import SimulatorSettings
from notion_simulator.tools.errors import NotionError
from notion_simulator.tools.tool import Arguments, short_name

UPGRADE_URL = "https://www.notion.com/pricing"
FULL_VERSION_URL = "https://www.notion.com/help/notion-mcp"
SMALL_PLANS = frozenset({"free", "plus"})
ON_SMALL_PLANS: Mapping[str, str] = {
    "ai_search": "upgrade_required",
    "query_data_sources": "available_with_limit",
    "query_multiple_data_sources": "full_version_required",
    "query_meeting_notes": "upgrade_required",
    **dict.fromkeys(
        (
            "search_agents",
            "spawn_session",
            "get_session_status",
            "wait_session",
            "stop_session",
            "send_message_to_session",
            "list_session_events",
            "read_session_event",
            "query_sessions",
            "search_sessions",
        ),
        "plan_required",
    ),
}
BUSINESS_FILTERS = (
    "filters.edited_by_user_ids",
    "filters.last_edited_date_range",
    "filters.title_only",
    "filters.content_status",
)
RESTRICTED_ON_SMALL_PLANS: Mapping[str, tuple[str, ...]] = {
    "search": (*BUSINESS_FILTERS, "sort"),
    "ai_search": (*BUSINESS_FILTERS, "sort"),
    "update_page": ("update_verification",),
}
OPEN = frozenset({"available", "available_with_limit"})
ENTITLEMENT_REQUIRED = "entitlement_required"


def tool_access(settings: SimulatorSettings, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Returns the current tool access of the tools with these names, by short name."""
    overruled = dict(entry.split("=", 1) for entry in settings.tool_access)
    small = settings.plan in SMALL_PLANS
    access: dict[str, dict[str, Any]] = {}
    for name in map(short_name, names):
        granted = ON_SMALL_PLANS.get(name, "available") if small else "available"
        status = overruled.get(name, granted)
        entry: dict[str, Any] = {"status": status}
        if status in {"plan_required", "upgrade_required", "available_with_limit"}:
            entry["upgrade_url"] = UPGRADE_URL
        elif status == "full_version_required":
            entry["full_version_url"] = FULL_VERSION_URL
        # Restrictions are told since the tool that tells them exists.
        if small and settings.tool_set == "latest" and name in RESTRICTED_ON_SMALL_PLANS:
            entry["restricted_parameters"] = list(RESTRICTED_ON_SMALL_PLANS[name])
        access[name] = entry
    return access


def refusal(
    settings: SimulatorSettings,
    entry: Mapping[str, Any],
    name: str,
    arguments: Arguments,
    uses: int,
) -> str | None:
    """Returns the upgrade prompt of a call that is gated, None if it may be made.

    `uses` is how often the workspace has used the tool up to now.
    """
    status = entry["status"]
    if name == "ai_search" and status != "not_enabled":
        return None  # It falls back to keyword search.
    if status not in OPEN:
        return _prompt(name, entry)
    if (
        status == "available_with_limit"
        and not _is_free(arguments)
        and uses >= settings.limited_calls
    ):
        return f"The workspace's free use of {name} is used up. Upgrade at {UPGRADE_URL}."
    if settings.plan in SMALL_PLANS and _needs_business(name, arguments):
        return f"This use of {name} needs the Business plan. Upgrade at {UPGRADE_URL}."
    return None


def entitlement_error(prompt: str) -> NotionError:
    """Returns the prompt as an error, for `plan_gate` error."""
    return NotionError(
        "validation_error", HTTPStatus.BAD_REQUEST, prompt, tool_error_code=ENTITLEMENT_REQUIRED
    )


def is_counted(entry: Mapping[str, Any], arguments: Arguments) -> bool:
    """Whether a call uses up the free use of a limited tool."""
    return entry["status"] == "available_with_limit" and not _is_free(arguments)


def _prompt(name: str, entry: Mapping[str, Any]) -> str:
    match entry["status"]:
        case "full_version_required":
            return f"{name} needs the full version of Notion MCP. See {FULL_VERSION_URL}."
        case "not_enabled":
            return f"{name} is not enabled for this workspace. Ask a workspace owner."
        case _:
            return f"{name} is not part of the workspace's plan. Upgrade at {UPGRADE_URL}."


def _is_free(arguments: Arguments) -> bool:
    """Querying through a view is free on every plan."""
    data: Mapping[str, Any] = arguments.get("data", {})
    return data.get("mode") == "view"


def _needs_business(name: str, arguments: Arguments) -> bool:
    if name == "update_page":
        return arguments.get("command") == "update_verification"
    data: Mapping[str, Any] = arguments.get("data", {}) if name == "query_data_sources" else {}
    return len(data.get("data_source_urls", ())) > 1
