"""What a caller is told whose call has no turn: words that a model can act on, and a code."""

import json
from typing import Any, Final

from notion_gateway.budget.errors import BudgetExhausted

REFUSED: Final = "notion-gateway/refused"
"""The member of a result's ``_meta`` with the closed reason code and the seconds to wait."""


def tool_error(
    call: dict[str, Any], fault: BudgetExhausted, request_id: str, *, stateless: bool
) -> bytes:
    """In place of Notion's answer to the call of a tool. ``stateless``: of a version from
    2026-07-28 on.
    """
    seconds = fault.retry_after_seconds
    said = (
        f"{fault} Others of this space call Notion too, and it grants them all together so many"
        f" calls a minute. Wait {seconds} seconds, then make this call once more; make fewer calls"
        f" at a time. ({fault.reason})"
    )
    told = {"reason": fault.reason, "retry_after_seconds": seconds, "request_id": request_id}
    result: dict[str, Any] = {
        "content": [{"type": "text", "text": said}],
        "isError": True,
        "_meta": {REFUSED: told},
    }
    if stateless:
        result["resultType"] = "complete"
    return json.dumps({"jsonrpc": "2.0", "id": call["id"], "result": result}).encode()
