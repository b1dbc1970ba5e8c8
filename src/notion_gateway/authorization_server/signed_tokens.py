"""Tokens that others have signed, of whatever kind: their claims, or why they are refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from notion_gateway.access.jwt import (
    JwtVerifier,
    TokenFault,
    TokenUnusable,
    is_too_long,
    issuer_of,
)
from notion_gateway.authorization_server.rules.refusals import KeysUnavailable, Refused
from notion_gateway.authorization_server.rules.why import Why
from notion_gateway.kernel.errors import IdentityUnavailable


@dataclass(frozen=True, slots=True)
class Faults:
    """``of_token``: why one is refused whose head or signature is not accepted;
    ``keys_unavailable``: and one that nobody can look at just now.
    """

    of_token: Mapping[TokenFault, Why]
    keys_unavailable: Why


CLIENT_ASSERTION: Final = Faults(
    {
        TokenFault.TOO_LONG: Why.ASSERTION_TOO_LONG,
        TokenFault.FORM: Why.ASSERTION_FORM,
        TokenFault.EXTENSION: Why.ASSERTION_EXTENSION,
        TokenFault.ALGORITHM: Why.ASSERTION_ALGORITHM,
        TokenFault.TYPE: Why.ASSERTION_TYPE,
        TokenFault.KEY_UNKNOWN: Why.ASSERTION_KEY,
        TokenFault.SIGNATURE: Why.ASSERTION_SIGNATURE,
    },
    Why.ASSERTION_KEYS_UNAVAILABLE,
)
IDENTITY_ASSERTION: Final = Faults(
    {
        TokenFault.TOO_LONG: Why.ID_ASSERTION_TOO_LONG,
        TokenFault.FORM: Why.ID_ASSERTION_FORM,
        TokenFault.EXTENSION: Why.ID_ASSERTION_EXTENSION,
        TokenFault.ALGORITHM: Why.ID_ASSERTION_ALGORITHM,
        TokenFault.TYPE: Why.ID_ASSERTION_TYPE,
        TokenFault.KEY_UNKNOWN: Why.ID_ASSERTION_KEY,
        TokenFault.SIGNATURE: Why.ID_ASSERTION_SIGNATURE,
    },
    Why.ID_ASSERTION_KEYS_UNAVAILABLE,
)
WORKLOAD_TOKEN: Final = Faults(
    {
        TokenFault.TOO_LONG: Why.WORKLOAD_TOKEN_TOO_LONG,
        TokenFault.FORM: Why.WORKLOAD_TOKEN_FORM,
        TokenFault.EXTENSION: Why.WORKLOAD_TOKEN_EXTENSION,
        TokenFault.ALGORITHM: Why.WORKLOAD_TOKEN_ALGORITHM,
        TokenFault.TYPE: Why.WORKLOAD_TOKEN_TYPE,
        TokenFault.KEY_UNKNOWN: Why.WORKLOAD_TOKEN_KEY,
        TokenFault.SIGNATURE: Why.WORKLOAD_TOKEN_SIGNATURE,
    },
    Why.WORKLOAD_TOKEN_KEYS_UNAVAILABLE,
)


async def verified(token: str, verifier: JwtVerifier, faults: Faults) -> Mapping[str, Any]:
    """Its claims. Raises LoginRefused or IdentityUnavailable."""
    try:
        return await verifier.verify(token)
    except TokenUnusable as fault:
        raise Refused(faults.of_token[fault.fault]) from None
    except IdentityUnavailable as fault:
        raise KeysUnavailable(faults.keys_unavailable, fault) from None


def issuer_named(token: str, faults: Faults) -> str:
    """As ``issuer_of``. Raises LoginRefused where it names none."""
    named = issuer_of(token)
    if named is None:
        fault = TokenFault.TOO_LONG if is_too_long(token) else TokenFault.FORM
        raise Refused(faults.of_token[fault])
    return named
