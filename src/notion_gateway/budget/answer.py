"""A grant's budget, as the status of its space shows it."""

from datetime import datetime

from pydantic import BaseModel, Field

from notion_gateway.budget.budgets import Budgets


class BudgetAnswer(BaseModel):
    """What Notion grants the connection, as far as the process that answers has learned it."""

    is_paced: bool = Field(
        description="Notion has refused calls of late, so that calls wait for their turn."
    )
    limit: int | None = Field(
        description="Calls that Notion granted within the window before it refused one; None while"
        " that is not known."
    )
    window_seconds: float
    used: int = Field(description="Calls of the last window; counted only while they are paced.")
    waiting: int = Field(description="Calls that wait for their turn now.")
    refused: int = Field(description="Calls that the gateway refused for want of a turn.")
    refused_by_notion: int = Field(description="Those of them that were sent again are among it.")
    reason: str | None = Field(
        description="Notion's word for the limit that it last refused for, such as per_connection"
        " or per_workspace, where it has one."
    )
    until: datetime | None = Field(description="No call goes to Notion before; None: one may.")


def budget_answer(budgets: Budgets | None, process_id: str | None) -> BudgetAnswer | None:
    """None where Notion has refused nothing, as far as this process remembers."""
    seen = None if budgets is None or process_id is None else budgets.seen(process_id)
    if budgets is None or seen is None:
        return None
    until = budgets.on_the_clock(seen.held_until)
    return BudgetAnswer(
        is_paced=seen.is_paced,
        limit=seen.limit,
        window_seconds=seen.window_seconds,
        used=seen.used,
        waiting=seen.waiting,
        refused=seen.refused,
        refused_by_notion=seen.refused_by_notion,
        reason=seen.reason or None,
        until=until if seen.is_paced and until > budgets.clock.now() else None,
    )
