"""Why a program is let in or is not: closed reasons for the log, and OAuth's error for each.

Programs are told OAuth's error alone: the reason would tell a guesser how near they are.
"""

from collections.abc import Mapping
from enum import StrEnum

from notion_gateway.authorization_server.rules.grants import LoginRefused, Refusal


class Why(StrEnum):
    CLIENT_UNKNOWN = "client_unknown"
    CLIENT_SECRET_WRONG = "client_secret_wrong"  # noqa: S105 - a reason, not a secret
    GRANT_TYPE_NOT_REGISTERED = "grant_type_not_registered"
    DEVICE_CODE_MISSING = "device_code_missing"
    DEVICE_CODE_UNKNOWN = "device_code_unknown"
    DEVICE_CODE_OF_ANOTHER_CLIENT = "device_code_of_another_client"
    DEVICE_CODE_USED = "device_code_used"
    DEVICE_CODE_EXPIRED = "device_code_expired"
    DEVICE_CODE_FOR_ANOTHER_RESOURCE = "device_code_for_another_resource"
    DEVICE_LOGIN_PENDING = "device_login_pending"
    DEVICE_POLLED_TOO_SOON = "device_polled_too_soon"
    DEVICE_LOGIN_DENIED = "device_login_denied"
    PERSON_LEFT_SPACE = "person_left_space"


ERRORS: Mapping[Why, tuple[Refusal, str]] = {
    Why.CLIENT_UNKNOWN: ("invalid_client", "this client is not known here"),
    Why.CLIENT_SECRET_WRONG: ("invalid_client", "the client's secret is missing or wrong"),
    Why.GRANT_TYPE_NOT_REGISTERED: (
        "unauthorized_client",
        "the client did not register for this grant_type",
    ),
    Why.DEVICE_CODE_MISSING: ("invalid_request", "device_code is missing"),
    Why.DEVICE_CODE_UNKNOWN: ("invalid_grant", "the device code is not good"),
    Why.DEVICE_CODE_OF_ANOTHER_CLIENT: ("invalid_grant", "the device code is not good"),
    Why.DEVICE_CODE_USED: ("invalid_grant", "the device code is not good"),
    Why.DEVICE_CODE_EXPIRED: ("expired_token", "the codes have expired: begin again"),
    Why.DEVICE_CODE_FOR_ANOTHER_RESOURCE: ("invalid_target", "the code is for another resource"),
    Why.DEVICE_LOGIN_PENDING: ("authorization_pending", "nobody has decided yet"),
    Why.DEVICE_POLLED_TOO_SOON: ("slow_down", "wait five seconds longer between requests"),
    Why.DEVICE_LOGIN_DENIED: ("access_denied", "the person said no"),
    Why.PERSON_LEFT_SPACE: ("invalid_grant", "the person has left the space"),
}
"""RFC 6749 section 5.2, RFC 8628 section 3.5 and RFC 8707 section 2."""


class Refused(LoginRefused):
    """A program was refused; ``why`` is for the log."""

    def __init__(self, why: Why) -> None:
        super().__init__(*ERRORS[why])
        self.why = why
