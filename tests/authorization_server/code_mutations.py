"""Ways in which a request with an authorization code or a refresh token is wrong, each with the
reason that refuses it.
"""

from tests.authorization_server.request_mutations import (
    CLIENTS,
    FORMS,
    WrongRequest,
    other_resources,
)
from tests.support.mcp_login import VERIFIER, challenge_of

_RESOURCES = (
    *other_resources("/mcp/notion/", "/spaces/"),
    "<ORIGIN>/mcp/notion/another",
    "<ORIGIN>/mcp/notion/<SPACE>x",
)
_GRANT_TYPES = (
    WrongRequest({"grant_type": None}, "invalid_request", "grant_type_missing"),
    *(
        WrongRequest({"grant_type": one}, "unsupported_grant_type", "grant_type_not_offered")
        for one in (
            "code",
            "<grant_type> ",
            "<grant_type>s",
            "Refresh_Token",
            "password",
            "implicit",
        )
    ),
    *(
        WrongRequest({"grant_type": one}, "unauthorized_client", "grant_type_not_registered")
        for one in ("client_credentials", "urn:ietf:params:oauth:grant-type:device_code")
    ),
)
_OTHERS = (
    {"client_id": "<SAME_GRANTS>"},
    {"client_id": "<SAME_NAME>"},
    {"client_id": "<WITH_SECRET>", "client_secret": "<SECRET>"},
)
"""Clients that are known, and have proven it where they can."""
CODES = (
    *CLIENTS,
    *FORMS,
    *_GRANT_TYPES,
    *(WrongRequest({"code": one}, "invalid_request", "code_missing") for one in (None, "")),
    WrongRequest({}, "invalid_request", "parameter_twice", more=[("code", "<code>")]),
    *(WrongRequest(one, "invalid_grant", "code_of_another_client") for one in _OTHERS),
    *(
        WrongRequest({"code_verifier": one}, "invalid_request", "code_verifier_missing")
        for one in (None, "")
    ),
    *(
        WrongRequest({"code_verifier": one}, "invalid_grant", "code_verifier_wrong")
        for one in (
            "w" * 64,
            VERIFIER[1:],
            f"{VERIFIER}v",
            f"{VERIFIER} ",
            f"{VERIFIER}\0",
            VERIFIER.upper(),
            challenge_of(VERIFIER),
            "\u00e9" * 64,
            "\uff56" * 64,  # v, in full width
        )
    ),
    *(
        WrongRequest({"redirect_uri": one}, "invalid_grant", "code_sent_elsewhere")
        for one in (
            "http://127.0.0.1:4712/callback",
            "<redirect_uri>/",
            "<redirect_uri>?",
            "<redirect_uri>#",
            "<redirect_uri>%20",
            " <redirect_uri>",
            "https://evil.example/callback",
            "not an address",
        )
    ),
    *(
        WrongRequest({"resource": one}, "invalid_target", "code_for_another_resource")
        for one in _RESOURCES
    ),
    WrongRequest({"grant_type": "refresh_token"}, "invalid_request", "refresh_token_missing"),
)
REFRESH_TOKENS = (
    *CLIENTS,
    *FORMS,
    *_GRANT_TYPES,
    *(
        WrongRequest({"refresh_token": one}, "invalid_request", "refresh_token_missing")
        for one in (None, "")
    ),
    WrongRequest(
        {}, "invalid_request", "parameter_twice", more=[("refresh_token", "<refresh_token>")]
    ),
    *(WrongRequest(one, "invalid_grant", "refresh_token_of_another_client") for one in _OTHERS),
    *(
        WrongRequest({"resource": one}, "invalid_target", "refresh_token_for_another_resource")
        for one in _RESOURCES
    ),
    WrongRequest({"grant_type": "authorization_code"}, "invalid_request", "code_missing"),
)
