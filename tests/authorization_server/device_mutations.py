"""Hundreds of ways in which the code that somebody types for a device, and the requests for codes
and for what comes of them, are wrong, each with the reason that refuses it.
"""

from collections.abc import Iterator

from tests.authorization_server.request_mutations import (
    CLIENTS,
    FORMS,
    WrongRequest,
    other_resources,
)

_RESOURCES = tuple(other_resources("/spaces/", "/mcp/notion/"))
_OTHER_GRANTS = WrongRequest(
    {"client_id": "<CLIENT>"}, "unauthorized_client", "grant_type_not_registered"
)


def wrong_user_codes(code: str) -> Iterator[tuple[str, str]]:
    """As somebody may type them, with the reason of each; ``code`` has a hyphen in its middle."""
    letters = code.replace("-", "")
    for at in range(len(letters)):
        before, after = letters[:at], letters[at + 1 :]
        for other in [one for one in "BDGKQTWZ" if one != letters[at]][:7]:
            yield f"{before}{other}{after}", "user_code_unknown"
        for none in ("A", "0", "Y", "_", "ß"):
            yield f"{before}{none}{after}", "user_code_form"
        yield before + after, "user_code_form"
    for none in (
        f"{code}B",
        f"B{code}",
        f"{code}{code}",
        code[:4],
        code[4:],
        "-",
        "--------",
        f"{code}%",
        f"{code};",
        f"'{code}'",
        f"{code[:4]}–{code[5:]}",  # noqa: RUF001 - a dash is no hyphen
        f"{code[:4]}.{code[5:]}",
        f"{code[:4]}/{code[5:]}",
        code.replace(code[0], chr(ord(code[0]) + 0xFEE0), 1),  # full width
        "________",
        "%%%%%%%%",
    ):
        yield none, "user_code_form"
    yield letters[::-1] if letters[::-1] != letters else "BCDFGHJK", "user_code_unknown"


POLLS = (
    *CLIENTS,
    _OTHER_GRANTS,
    *FORMS,
    WrongRequest({"device_code": None}, "invalid_request", "device_code_missing"),
    WrongRequest({"device_code": ""}, "invalid_request", "device_code_missing"),
    WrongRequest({}, "invalid_request", "parameter_twice", more=[("device_code", "<device_code>")]),
    *(
        WrongRequest({"client_id": one}, "invalid_grant", "device_code_of_another_client")
        for one in ("<SAME_GRANTS>", "<SAME_NAME>")
    ),
    WrongRequest(
        {"client_id": "<WITH_SECRET>", "client_secret": "<SECRET>"},
        "invalid_grant",
        "device_code_of_another_client",
    ),
    WrongRequest({"grant_type": None}, "invalid_request", "grant_type_missing"),
    *(
        WrongRequest({"grant_type": one}, "unsupported_grant_type", "grant_type_not_offered")
        for one in (
            "device_code",
            "<grant_type> ",
            "<grant_type>s",
            "URN:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:device-code",
            "password",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
        )
    ),
    WrongRequest(
        {"grant_type": "client_credentials"}, "unauthorized_client", "grant_type_not_registered"
    ),
    WrongRequest(
        {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange"},
        "invalid_request",
        "workload_token_missing",
    ),
    *(
        WrongRequest({"resource": one}, "invalid_target", "device_code_for_another_resource")
        for one in (*_RESOURCES, "<ORIGIN>/spaces/another", "<ORIGIN>/spaces/<SPACE>x")
    ),
)
"""Of somebody who has a code that a person has allowed."""
BEGINNINGS = (
    *CLIENTS,
    _OTHER_GRANTS,
    *FORMS,
    WrongRequest({"resource": None}, "invalid_target", "device_resource"),
    WrongRequest({"resource": ""}, "invalid_target", "device_resource"),
    WrongRequest({"client_id": "<SAME_GRANTS>"}, "invalid_target", "device_resource"),
    *(WrongRequest({"resource": one}, "invalid_target", "device_resource") for one in _RESOURCES),
)
"""Of somebody who asks for codes."""
