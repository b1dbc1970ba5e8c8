"""What machines and workloads get for what they have shown: a token, and no second one for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from notion_gateway.access.gateway_tokens import new_token
from notion_gateway.access.rules.gateway_tokens import GatewayToken, TokenKind, hint_of
from notion_gateway.access.rules.workloads import Workload
from notion_gateway.authorization_server.client_tokens import IssuedTokens
from notion_gateway.authorization_server.rules.machines import Machine
from notion_gateway.kernel.randomness import random_identifier


@dataclass(frozen=True, slots=True)
class MachineToken:
    """``record`` is kept of what is ``issued``."""

    issued: IssuedTokens
    record: GatewayToken


def token_for(
    holder: Machine | Workload, holder_id: str, space_id: str, lifetime: timedelta, now: datetime
) -> MachineToken:
    """Good for so long, but no longer than its holder. It acts in the holder's name, and ends with
    it.
    """
    access, expires_at = new_token(TokenKind.MACHINE), min(now + lifetime, holder.expires_at)
    record = GatewayToken(
        token_id=random_identifier(),
        sha256=access.fingerprint(),
        kind=TokenKind.MACHINE,
        space_id=space_id,
        user_id=holder_id,
        name=holder.name,
        hint=hint_of(access),
        created_at=now,
        expires_at=expires_at,
        read_only=holder.read_only,
        tools=holder.tools,
        belongs_to=holder_id,
    )
    issued = IssuedTokens(access, None, int((expires_at - now).total_seconds()))
    return MachineToken(issued, record)
