"""Tokens that others have signed, of whatever kind: their claims, or why they are refused."""

from collections.abc import Mapping
from typing import Any, Final

from notion_gateway.access.jwt import JwtVerifier, TokenFault, TokenUnusable
from notion_gateway.authorization_server.rules.refusals import Refused
from notion_gateway.authorization_server.rules.why import Why

Faults = Mapping[TokenFault, Why]

CLIENT_ASSERTION: Final[Faults] = {
    TokenFault.TOO_LONG: Why.ASSERTION_FORM,
    TokenFault.FORM: Why.ASSERTION_FORM,
    TokenFault.EXTENSION: Why.ASSERTION_EXTENSION,
    TokenFault.ALGORITHM: Why.ASSERTION_ALGORITHM,
    TokenFault.TYPE: Why.ASSERTION_TYPE,
    TokenFault.KEY_UNKNOWN: Why.ASSERTION_KEY,
    TokenFault.SIGNATURE: Why.ASSERTION_SIGNATURE,
}
IDENTITY_ASSERTION: Final[Faults] = {
    TokenFault.TOO_LONG: Why.ID_ASSERTION_TOO_LONG,
    TokenFault.FORM: Why.ID_ASSERTION_FORM,
    TokenFault.EXTENSION: Why.ID_ASSERTION_EXTENSION,
    TokenFault.ALGORITHM: Why.ID_ASSERTION_ALGORITHM,
    TokenFault.TYPE: Why.ID_ASSERTION_TYPE,
    TokenFault.KEY_UNKNOWN: Why.ID_ASSERTION_KEY,
    TokenFault.SIGNATURE: Why.ID_ASSERTION_SIGNATURE,
}
WORKLOAD_TOKEN: Final[Faults] = {
    TokenFault.TOO_LONG: Why.WORKLOAD_TOKEN_FORM,
    TokenFault.FORM: Why.WORKLOAD_TOKEN_FORM,
    TokenFault.EXTENSION: Why.WORKLOAD_TOKEN_EXTENSION,
    TokenFault.ALGORITHM: Why.WORKLOAD_TOKEN_ALGORITHM,
    TokenFault.TYPE: Why.WORKLOAD_TOKEN_TYPE,
    TokenFault.KEY_UNKNOWN: Why.WORKLOAD_TOKEN_KEY,
    TokenFault.SIGNATURE: Why.WORKLOAD_TOKEN_SIGNATURE,
}


async def verified(token: str, verifier: JwtVerifier, faults: Faults) -> Mapping[str, Any]:
    """Its claims. Raises LoginRefused or IdentityUnavailable."""
    try:
        return await verifier.verify(token)
    except TokenUnusable as fault:
        raise Refused(faults[fault.fault]) from None
