"""notion-check-mcp-next-steps and notion-show-advanced-analysis-next-steps.

Both answer with structured content and name a card (`ui://notion/…`) that a
client may show. On a plan with everything there is no next step.
"""

from typing import Any

from notion_simulator.entitlements import FULL_VERSION_URL, SMALL_PLANS, UPGRADE_URL
from notion_simulator.tools.tool import LOOKS, Arguments, Call, Result, Schema, Tool, exactly

EDUCATION = "mcp_business_education"
FULL_VERSION = "query_multiple_data_sources_full_version"
EDUCATION_CARD = "ui://notion/mcp-business-education-card.html"
FULL_VERSION_CARD = "ui://notion/query-multiple-data-sources-full-version-card.html"
CARD_TYPE = "text/html;profile=mcp-app"
MAX_CLIENT_NAME = 64


def _card(title: str) -> str:
    return f"<!doctype html><html lang=en><title>{title}</title><p>{title}</p></html>"


CARDS = {
    EDUCATION_CARD: _card("Next steps with Notion MCP"),
    FULL_VERSION_CARD: _card("The full version of Notion MCP"),
}


def check_mcp_next_steps(call: Call, arguments: Arguments) -> Result:
    """Names the Business plan as a next step, on a plan below it."""
    del arguments
    if call.settings.plan not in SMALL_PLANS:
        return {"kind": f"{EDUCATION}_not_displayed"}
    return _step(call, EDUCATION, "start_trial", UPGRADE_URL)


def show_advanced_analysis_next_steps(call: Call, arguments: Arguments) -> Result:
    """Names the full version, if querying several data sources needs it."""
    del arguments
    access = call.access.get("query_multiple_data_sources", {})
    if access.get("status") != "full_version_required":
        return {"kind": f"{FULL_VERSION}_not_displayed"}
    return _step(call, FULL_VERSION, "learn_more", FULL_VERSION_URL)


def _step(call: Call, kind: str, action: str, url: str) -> Result:
    step = {"kind": kind, "action": action, "destination_url": url}
    name = call.client_name[:MAX_CLIENT_NAME]
    return {**step, "client_name": name} if name else step


def _output(kind: str) -> Schema:
    properties: dict[str, Any] = {
        "kind": {"type": "string", "enum": [kind, f"{kind}_not_displayed"]},
        "action": {"type": "string", "enum": ["start_trial", "request_trial", "learn_more"]},
        "client_name": {"type": "string", "minLength": 1, "maxLength": MAX_CLIENT_NAME},
        "destination_url": {"type": "string", "format": "uri"},
    }
    return exactly(properties, ("kind",))


def _meta(card: str) -> dict[str, Any]:
    return {
        "openai/outputTemplate": card,
        "ui": {"resourceUri": card, "visibility": ["model"]},
        "ui/resourceUri": card,
    }


TOOLS = (
    Tool(
        "notion-check-mcp-next-steps",
        "Check Notion MCP next steps",
        "Only when a fetch result says so: returns a next step to offer once.",
        exactly({}),
        LOOKS,
        check_mcp_next_steps,
        output_schema=_output(EDUCATION),
        meta=_meta(EDUCATION_CARD),
    ),
    Tool(
        "notion-show-advanced-analysis-next-steps",
        "Show the full version of Notion MCP",
        "Once, at the end of a turn in which query-multiple-data-sources needed the full version.",
        exactly({}),
        LOOKS,
        show_advanced_analysis_next_steps,
        output_schema=_output(FULL_VERSION),
        meta=_meta(FULL_VERSION_CARD),
    ),
)
