"""Whom a policy names though they are not in its space, for whoever sets or reads it."""

from pydantic import BaseModel, Field

from notion_gateway.access.gateway_tokens import GatewayTokens
from notion_gateway.policy.rules.document import PolicyDocument
from notion_gateway.policy.rules.unknown_callers import (
    WarningReason,
    names_callers,
    unknown_callers,
)


class PolicyWarning(BaseModel):
    """The policy holds, but a part of it for nobody that the space has now."""

    reason: WarningReason
    place: str = Field(description="Where the document names it: `callers[0].token`.")
    caller: str = Field(description="What stands there.")
    detail: str


async def caller_warnings(
    tokens: GatewayTokens, space_id: str, policy: PolicyDocument | None
) -> list[PolicyWarning]:
    """Asks the database only where the policy names somebody. Raises StoreUnavailable."""
    if policy is None or not names_callers(policy):
        return []
    listed = await tokens.of_space(space_id)
    clients = {one.client_id for one in listed if one.client_id is not None}
    found = unknown_callers(policy, {one.token_id for one in listed}, clients)
    return [
        PolicyWarning(reason=one.reason, place=one.place, caller=one.caller, detail=one.detail)
        for one in found
    ]
