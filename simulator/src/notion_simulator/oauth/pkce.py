"""Proof key for code exchange (RFC 7636)."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Literal, assert_never

ChallengeMethod = Literal["S256", "plain"]


@dataclass(frozen=True, slots=True)
class CodeChallenge:
    value: str
    method: ChallengeMethod


def challenge_of(verifier: str, method: ChallengeMethod) -> str:
    """Returns the code challenge of a verifier (RFC 7636 section 4.2)."""
    match method:
        case "S256":
            hashed = hashlib.sha256(verifier.encode()).digest()
            return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
        case "plain":
            return verifier
        case _:
            assert_never(method)


def verifies(challenge: CodeChallenge, verifier: str) -> bool:
    """Whether `verifier` belongs to `challenge`."""
    expected = challenge_of(verifier, challenge.method)
    return hmac.compare_digest(expected.encode(), challenge.value.encode())
