"""Why a call does not get its turn."""

from notion_gateway.kernel.errors import GatewayError, Reason


class BudgetExhausted(GatewayError):
    """Notion grants this space no more calls just now. Wait a little, then try again."""

    reason = Reason.BUDGET_EXHAUSTED
