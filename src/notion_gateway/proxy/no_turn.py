"""The answer to a call that has no turn: Notion grants no more of them just now."""

from starlette.types import Scope

from notion_gateway.budget.errors import BudgetExhausted
from notion_gateway.budget.rules.words import tool_error
from notion_gateway.http.gate import REQUEST_ID
from notion_gateway.http.request_log import note_reason
from notion_gateway.kernel.json import json_object
from notion_gateway.policy.rules.messages import CALL
from notion_gateway.proxy.not_connected_answer import OwnAnswer, is_space_endpoint, own_json
from notion_gateway.proxy.rules.mcp_without_notion import is_request, is_stateless


def no_turn(scope: Scope, body: bytes, fault: BudgetExhausted) -> OwnAnswer:
    """A tool's error, which models read, where an MCP client calls one tool. Raises the fault,
    which is answered with 429, where it is an application that calls, or a batch.
    """
    call = json_object(body)
    if call is None or call.get("method") != CALL or not is_request(call):
        raise fault
    if not is_space_endpoint(scope):
        raise fault
    note_reason(scope, fault.reason)
    stateless = is_stateless(CALL, scope["headers"])
    answer = own_json(tool_error(call, fault, scope[REQUEST_ID], stateless=stateless))
    answer.headers.append((b"retry-after", str(fault.retry_after_seconds).encode()))
    return answer
