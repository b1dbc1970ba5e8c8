"""Tools that answer with questions: the multi-round results of 2026-07-28 (SEP-2322).

A tool is one question per round, and an answer once all of them are answered. The state that
travels with the client says which round it is; the SDK seals it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import mcp_types as types
from mcp.shared.exceptions import MCPError

from tests.conformance.reference_content import Context, text

Question = dict[str, Any]
Outcome = types.CallToolResult | types.InputRequiredResult


def form(message: str, field: str, kind: str = "string") -> Question:
    schema = {"type": "object", "properties": {field: {"type": kind}}, "required": [field]}
    return {
        "method": "elicitation/create",
        "params": {"message": message, "requestedSchema": schema},
    }


def sampling(prompt: str, max_tokens: int) -> Question:
    message = {"role": "user", "content": {"type": "text", "text": prompt}}
    return {
        "method": "sampling/createMessage",
        "params": {"messages": [message], "maxTokens": max_tokens},
    }


ROOTS: Question = {"method": "roots/list", "params": {}}


@dataclass(frozen=True, slots=True)
class Rounds:
    """``questions`` of each round, by key; ``stateful`` rounds carry a sealed state along."""

    questions: tuple[Mapping[str, Question], ...]
    stateful: bool = False

    def answer(self, params: types.CallToolRequestParams) -> Outcome:
        number = int(params.request_state or 0)
        given = params.input_responses or {}
        asked = self.questions[number]
        if not all(key in given for key in asked):
            return self._ask(number)
        if number + 1 < len(self.questions):
            return self._ask(number + 1)
        said = "; ".join(f"{key}: {given[key].model_dump_json(by_alias=True)}" for key in asked)
        state = "state-ok, " if params.request_state is not None else ""
        return types.CallToolResult(content=[text(f"{state}{said}")])

    def _ask(self, number: int) -> types.InputRequiredResult:
        document: dict[str, Any] = {"inputRequests": dict(self.questions[number])}
        if self.stateful:
            document["requestState"] = str(number)
        return types.InputRequiredResult.model_validate(document)


_NAME = form("What is your name?", "name")
_CONFIRM = {"confirm": form("Please confirm", "ok", "boolean")}

ROUNDS: Mapping[str, Rounds] = {
    "test_input_required_result_elicitation": Rounds(({"user_name": _NAME},)),
    "test_input_required_result_sampling": Rounds(
        ({"capital_question": sampling("What is the capital of France?", 100)},)
    ),
    "test_input_required_result_list_roots": Rounds(({"client_roots": ROOTS},)),
    "test_input_required_result_request_state": Rounds((_CONFIRM,), stateful=True),
    "test_input_required_result_tampered_state": Rounds((_CONFIRM,), stateful=True),
    "test_input_required_result_multiple_inputs": Rounds(
        (
            {
                "user_name": _NAME,
                "greeting": sampling("Generate a greeting", 50),
                "client_roots": ROOTS,
            },
        ),
        stateful=True,
    ),
    "test_input_required_result_multi_round": Rounds(
        (
            {"step1": form("Step 1: What is your name?", "name")},
            {"step2": form("Step 2: What is your favorite color?", "color")},
        ),
        stateful=True,
    ),
}


async def ask_what_is_declared(context: Context, _: types.CallToolRequestParams) -> Outcome:
    """Asks only in ways that the client has said it understands."""
    declared = context.session.client_capabilities or types.ClientCapabilities()
    questions: dict[str, Question] = {}
    if declared.sampling is not None:
        questions["sampled"] = sampling("Generate a greeting", 50)
    if declared.elicitation is not None:
        questions["asked"] = _NAME
    if not questions:
        return types.CallToolResult(content=[text("Nothing can be asked.")])
    return types.InputRequiredResult.model_validate({"inputRequests": questions})


async def require_sampling(context: Context, _: types.CallToolRequestParams) -> Outcome:
    """Raises MCPError -32021 for a client that does not declare sampling (SEP-2575)."""
    declared = context.session.client_capabilities or types.ClientCapabilities()
    if declared.sampling is None:
        raise MCPError(
            types.MISSING_REQUIRED_CLIENT_CAPABILITY,
            "This tool needs sampling.",
            {"requiredCapabilities": {"sampling": {}}},
        )
    return types.CallToolResult(content=[text("Sampling is there.")])
