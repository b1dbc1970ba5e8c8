"""What OAuth calls each reason for which a program is refused, and the refusal itself.

Programs are told OAuth's error alone: the reason would tell a guesser how near they are.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from notion_gateway.authorization_server.rules.grants import LoginRefused, Refusal
from notion_gateway.authorization_server.rules.why import Why
from notion_gateway.kernel.errors import GatewayError, IdentityUnavailable, TooManyRequests

_UNPROVEN: tuple[Refusal, str] = (
    "invalid_client",
    "the client is not known here, or has not proven who it is",
)

_NO_LOGIN: tuple[Refusal, str] = (
    "invalid_grant",
    "the code or the refresh token is not good: log in again",
)

_NO_ASSERTION: tuple[Refusal, str] = ("invalid_grant", "the assertion is not good here")

_NO_WORKLOAD: tuple[Refusal, str] = ("invalid_request", "the subject_token is not good here")
"""RFC 8693 section 2.2.2 has this error for a token that is not good."""

_NO_USER_CODE: tuple[Refusal, str] = (
    "invalid_request",
    (
        "No program waits with this code. Codes are good for ten minutes and for one decision: look"
        " at it once more, or start again in the program."
    ),
)
"""A person reads it."""

ERRORS: Mapping[Why, tuple[Refusal, str]] = {
    Why.REQUEST_NO_FORM: (
        "invalid_request",
        "The request's content-type must be application/x-www-form-urlencoded.",
    ),
    Why.PARAMETERS_TOO_MANY: ("invalid_request", "The request has too many parameters."),
    Why.PARAMETER_TWICE: ("invalid_request", "The request names a parameter twice."),
    Why.RESOURCE_TWICE: ("invalid_target", "a token is for one resource: name one"),
    Why.GRANT_TYPE_MISSING: ("invalid_request", "grant_type is missing"),
    Why.GRANT_TYPE_NOT_OFFERED: ("unsupported_grant_type", "this grant_type is not offered"),
    Why.CLIENT_UNKNOWN: ("invalid_client", "this client is not known here"),
    Why.CLIENT_SECRET_WRONG: ("invalid_client", "the client's secret is missing or wrong"),
    Why.CLIENT_KEYS_UNKNOWN: _UNPROVEN,
    Why.CLIENT_ASSERTION_MISSING: (
        "invalid_client",
        "this client proves itself with its key: send a client_assertion",
    ),
    Why.CLIENT_PROVES_ITSELF_TWICE: ("invalid_request", "the client proves itself in two ways"),
    Why.GRANT_TYPE_NOT_REGISTERED: (
        "unauthorized_client",
        "the client did not register for this grant_type",
    ),
    Why.CODE_MISSING: ("invalid_request", "code is missing"),
    Why.CODE_UNKNOWN: _NO_LOGIN,
    Why.CODE_OF_ANOTHER_CLIENT: _NO_LOGIN,
    Why.CODE_USED: _NO_LOGIN,
    Why.CODE_EXPIRED: _NO_LOGIN,
    Why.CODE_SENT_ELSEWHERE: ("invalid_grant", "the code was sent to another redirect_uri"),
    Why.CODE_FOR_ANOTHER_RESOURCE: ("invalid_target", "the code is for another resource"),
    Why.CODE_VERIFIER_MISSING: ("invalid_request", "code_verifier is missing"),
    Why.CODE_VERIFIER_WRONG: ("invalid_grant", "code_verifier is not that of the login"),
    Why.REFRESH_TOKEN_MISSING: ("invalid_request", "refresh_token is missing"),
    Why.REFRESH_TOKEN_UNKNOWN: _NO_LOGIN,
    Why.REFRESH_TOKEN_OF_ANOTHER_CLIENT: _NO_LOGIN,
    Why.REFRESH_TOKEN_USED: _NO_LOGIN,
    Why.REFRESH_TOKEN_EXPIRED: _NO_LOGIN,
    Why.REFRESH_TOKEN_FOR_ANOTHER_RESOURCE: (
        "invalid_target",
        "the refresh token is for another resource",
    ),
    Why.CLIENT_GRANT_ENDED: _NO_LOGIN,
    Why.DEVICE_CODE_MISSING: ("invalid_request", "device_code is missing"),
    Why.DEVICE_CODE_UNKNOWN: ("invalid_grant", "the device code is not good"),
    Why.DEVICE_CODE_OF_ANOTHER_CLIENT: ("invalid_grant", "the device code is not good"),
    Why.DEVICE_CODE_USED: ("invalid_grant", "the device code is not good"),
    Why.DEVICE_CODE_EXPIRED: ("expired_token", "the codes have expired: begin again"),
    Why.DEVICE_CODE_FOR_ANOTHER_RESOURCE: ("invalid_target", "the code is for another resource"),
    Why.DEVICE_LOGIN_PENDING: ("authorization_pending", "nobody has decided yet"),
    Why.DEVICE_POLLED_TOO_SOON: ("slow_down", "wait five seconds longer between requests"),
    Why.DEVICE_LOGIN_DENIED: ("access_denied", "the person said no"),
    Why.DEVICE_RESOURCE: ("invalid_target", "resource must be a space's address"),
    Why.DEVICE_MAY_NOT_MANAGE: ("invalid_request", "This program cannot manage the space."),
    Why.USER_CODE_FORM: _NO_USER_CODE,
    Why.USER_CODE_UNKNOWN: _NO_USER_CODE,
    Why.USER_CODE_DECIDED: _NO_USER_CODE,
    Why.USER_CODE_EXPIRED: _NO_USER_CODE,
    Why.PERSON_LEFT_SPACE: ("invalid_grant", "the person has left the space"),
    Why.MACHINE_UNKNOWN: _UNPROVEN,
    Why.MACHINE_REVOKED: _UNPROVEN,
    Why.MACHINE_EXPIRED: _UNPROVEN,
    Why.MACHINE_SECRET_WRONG: _UNPROVEN,
    Why.MACHINE_PROVES_ITSELF_OTHERWISE: _UNPROVEN,
    Why.MACHINE_PROVES_ITSELF_TWICE: ("invalid_request", "the client proves itself in two ways"),
    Why.MACHINE_OF_ANOTHER_SPACE: ("invalid_target", "this client is for another resource"),
    Why.ASSERTION_TYPE_UNKNOWN: ("invalid_request", "client_assertion_type is not supported"),
    Why.ASSERTION_FORM: _UNPROVEN,
    Why.ASSERTION_TOO_LONG: _UNPROVEN,
    Why.ASSERTION_EXTENSION: _UNPROVEN,
    Why.ASSERTION_ALGORITHM: _UNPROVEN,
    Why.ASSERTION_TYPE: _UNPROVEN,
    Why.ASSERTION_KEY: _UNPROVEN,
    Why.ASSERTION_SIGNATURE: _UNPROVEN,
    Why.ASSERTION_ISSUER: _UNPROVEN,
    Why.ASSERTION_SUBJECT: _UNPROVEN,
    Why.ASSERTION_AUDIENCE: _UNPROVEN,
    Why.ASSERTION_EXPIRED: _UNPROVEN,
    Why.ASSERTION_LIVES_TOO_LONG: _UNPROVEN,
    Why.ASSERTION_NOT_YET_GOOD: _UNPROVEN,
    Why.ASSERTION_ID_MISSING: _UNPROVEN,
    Why.ASSERTION_REPLAYED: _UNPROVEN,
    Why.ID_ASSERTION_MISSING: ("invalid_request", "assertion is missing"),
    Why.ID_ASSERTION_FORM: _NO_ASSERTION,
    Why.ID_ASSERTION_TOO_LONG: _NO_ASSERTION,
    Why.ID_ASSERTION_EXTENSION: _NO_ASSERTION,
    Why.ID_ASSERTION_TYPE: _NO_ASSERTION,
    Why.ID_ASSERTION_ALGORITHM: _NO_ASSERTION,
    Why.ID_ASSERTION_KEY: _NO_ASSERTION,
    Why.ID_ASSERTION_SIGNATURE: _NO_ASSERTION,
    Why.ID_ASSERTION_AUDIENCE: _NO_ASSERTION,
    Why.ID_ASSERTION_SUBJECT: _NO_ASSERTION,
    Why.ID_ASSERTION_CLIENT: _NO_ASSERTION,
    Why.ID_ASSERTION_RESOURCE: (
        "invalid_target",
        "the assertion's resource must be a space's MCP address, and only one",
    ),
    Why.ID_ASSERTION_RESOURCE_DIFFERS: (
        "invalid_target",
        "the assertion is for another resource",
    ),
    Why.ID_ASSERTION_EXPIRED: _NO_ASSERTION,
    Why.ID_ASSERTION_ISSUED_WHEN: _NO_ASSERTION,
    Why.ID_ASSERTION_NOT_YET_GOOD: _NO_ASSERTION,
    Why.ID_ASSERTION_LIVES_TOO_LONG: _NO_ASSERTION,
    Why.ID_ASSERTION_ID: _NO_ASSERTION,
    Why.ID_ASSERTION_REPLAYED: _NO_ASSERTION,
    Why.ID_ASSERTION_BOUND_TO_KEY: _NO_ASSERTION,
    Why.ID_ASSERTION_DETAILS: _NO_ASSERTION,
    Why.ID_ASSERTION_CLAIM: _NO_ASSERTION,
    Why.ID_ASSERTION_GROUPS: _NO_ASSERTION,
    Why.ISSUER_UNKNOWN: _NO_ASSERTION,
    Why.ISSUER_REVOKED: _NO_ASSERTION,
    Why.ISSUER_NOT_FOR_CLIENT: (
        "unauthorized_client",
        "the issuer may not speak for this client",
    ),
    Why.EMAIL_LINKED_BEFORE: _NO_ASSERTION,
    Why.WORKLOAD_TOKEN_MISSING: ("invalid_request", "subject_token is missing"),
    Why.WORKLOAD_TOKEN_KIND: ("invalid_request", "subject_token_type is not supported"),
    Why.WORKLOAD_ACTOR: ("invalid_request", "actor_token is not supported"),
    Why.WORKLOAD_WANTS_ANOTHER_TOKEN: ("invalid_request", "requested_token_type is not supported"),
    Why.WORKLOAD_RESOURCE: ("invalid_target", "resource must be a space's MCP address"),
    Why.WORKLOAD_UNKNOWN: _NO_WORKLOAD,
    Why.WORKLOAD_TOKEN_FORM: _NO_WORKLOAD,
    Why.WORKLOAD_TOKEN_TOO_LONG: _NO_WORKLOAD,
    Why.WORKLOAD_TOKEN_EXTENSION: _NO_WORKLOAD,
    Why.WORKLOAD_TOKEN_ALGORITHM: _NO_WORKLOAD,
    Why.WORKLOAD_TOKEN_TYPE: _NO_WORKLOAD,
    Why.WORKLOAD_TOKEN_KEY: _NO_WORKLOAD,
    Why.WORKLOAD_TOKEN_SIGNATURE: _NO_WORKLOAD,
    Why.WORKLOAD_AUDIENCE: _NO_WORKLOAD,
    Why.WORKLOAD_SUBJECT: _NO_WORKLOAD,
    Why.WORKLOAD_BOUND_TO_KEY: _NO_WORKLOAD,
    Why.WORKLOAD_EXPIRED: _NO_WORKLOAD,
    Why.WORKLOAD_NOT_YET_GOOD: _NO_WORKLOAD,
    Why.WORKLOAD_LIVES_TOO_LONG: _NO_WORKLOAD,
    Why.WORKLOAD_ENDED: _NO_WORKLOAD,
    Why.MEMBERSHIP_NOT_CONFIRMED: (
        "invalid_grant",
        "log in at the issuer by whose word you belong to the space: it is to be asked anew",
    ),
    Why.ISSUER_REFUSES_RENEWAL: (
        "invalid_grant",
        "log in again: the issuer does not vouch for the person any more without a new sign-in",
    ),
    Why.PERSON_REMOVED: ("invalid_grant", "the person was removed from the space"),
    Why.PERSON_NOT_IN_SPACE: ("invalid_grant", "the person does not belong to the space"),
}
"""RFC 6749 section 5.2, RFC 8628 section 3.5 and RFC 8707 section 2."""

FOR_NOW: Final = frozenset(
    {
        Why.ASSERTION_KEYS_UNAVAILABLE,
        Why.ID_ASSERTION_KEYS_UNAVAILABLE,
        Why.WORKLOAD_TOKEN_KEYS_UNAVAILABLE,
        Why.CLIENTS_TOO_MANY,
        Why.DEVICE_LOGINS_TOO_MANY,
        Why.DEVICE_LOGINS_ALL_WAITING,
        Why.USER_CODE_TOO_MANY_GUESSES,
        Why.MACHINE_TOKENS_TOO_MANY,
        Why.WORKLOAD_TOKENS_TOO_MANY,
        Why.WORKLOAD_REFUSALS_TOO_MANY,
        Why.ASSERTED_TOKENS_TOO_MANY,
    }
)
"""Nothing is wrong with what was sent, or nobody has looked: later it may be taken. OAuth has no
error for it at these endpoints; the status says it, and when to come again.
"""


@dataclass(frozen=True, slots=True)
class About:
    """Whom a refused login was for, as far as somebody has proven or the gateway knows it; empty
    else. ``token``: what the machine or the login is listed under. ``client``: its name there.
    """

    space_id: str = ""
    user_id: str = ""
    token: str = ""
    client: str = ""


_NOBODY: Final = About()


def status_of(fault: LoginRefused) -> int:
    """Of HTTP (RFC 6749 section 5.2)."""
    return 401 if fault.error == "invalid_client" else 400


class Refused(LoginRefused):
    """A program was refused; ``why`` and ``about`` are for log and audit. ``told``: what it is
    told where the closed list says less.
    """

    def __init__(self, why: Why, told: str | None = None) -> None:
        error, description = ERRORS[why]
        super().__init__(error, told or description)
        self.why = why
        self.about = _NOBODY


class RefusedForNow(GatewayError):
    """As ``Refused``, for one of ``FOR_NOW``."""

    why: Why
    about: About = _NOBODY


class AskedTooOften(RefusedForNow, TooManyRequests):
    """A program, a person or an address asks too often."""

    def __init__(self, why: Why, told: str, *, retry_after_seconds: int) -> None:
        super().__init__(told, retry_after_seconds=retry_after_seconds)
        self.why = why


class KeysUnavailable(RefusedForNow, IdentityUnavailable):
    """Nobody can tell who has signed this, for their keys cannot be fetched just now."""

    def __init__(self, why: Why, fault: IdentityUnavailable) -> None:
        super().__init__(str(fault), retry_after_seconds=fault.retry_after_seconds)
        self.why = why


@contextmanager
def refused_about(about: About) -> Generator[None]:
    """What is refused within is about that, unless it says itself what it is about."""
    try:
        yield
    except (Refused, RefusedForNow) as fault:
        if fault.about is _NOBODY:
            fault.about = about
        raise
