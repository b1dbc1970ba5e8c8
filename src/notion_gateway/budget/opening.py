"""Opens what shares a grant's budget among those who call."""

from collections.abc import Callable

from notion_gateway.budget.budgets import Budgets
from notion_gateway.budget.rules.space_budget import Bounds
from notion_gateway.kernel.clock import Clock
from notion_gateway.settings import Settings


def open_budgets(
    settings: Settings, clock: Clock, forget: Callable[[str], object]
) -> Budgets | None:
    """None where nothing is held back. ``forget``: as ``Budgets`` has it."""
    wait_seconds = settings.notion_mcp_budget_wait_seconds
    if not wait_seconds:
        return None
    bounds = Bounds(
        wait_seconds,
        settings.notion_mcp_budget_waiting_calls,
        settings.notion_mcp_budget_window_seconds,
    )
    return Budgets(bounds, clock, forget)
