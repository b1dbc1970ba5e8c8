"""Hundreds of ways in which a device code, the code that its person types, and the requests for
both are wrong, each with the reason that refuses it.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class WrongRequest:
    """``changes`` to the parameters of a good one, where None leaves a parameter out, and ``more``
    of them behind; ORIGIN, SPACE and the names of clients stand for this test's own.
    """

    changes: dict[str, str | None]
    error: str
    why: str
    more: Pairs = ()
    content_type: str = "application/x-www-form-urlencoded"

    def form(self, good: dict[str, str], names: dict[str, str]) -> list[tuple[str, str]]:
        given = {**good, **self.changes}
        pairs = [(name, one) for name, one in given.items() if one is not None]
        return [(name, _meant(one, {**good, **names})) for name, one in [*pairs, *self.more]]


def _meant(value: str, names: dict[str, str]) -> str:
    for name in sorted(names, key=len, reverse=True):
        value = value.replace(f"<{name}>", names[name])
    return value


def wrong_device_codes(code: str, user_code: str) -> Iterator[str]:
    """Codes that look like the good one; at each of its places another letter is one."""
    for at, letter in enumerate(code):
        yield f"{code[:at]}{'B' if letter == 'A' else 'A'}{code[at + 1 :]}"
    for at in range(len(code)):
        yield code[:at] + code[at + 1 :]
    yield from (code[::-1], code.lower(), code.upper(), code.swapcase(), code + code, code[:22])
    yield from (f" {code}", f"{code} ", f"{code}\n", f"{code}\r\n", f"\t{code}", f"{code}\0")
    yield from (f"{code}=", f"{code}.", f"{code},", f'"{code}"', f"'{code}'", f"[{code}]")
    yield from (f"{code}\u200b", f"\ufeff{code}", code.replace(code[0], chr(0x1D400), 1))
    yield from (quote(code[:1]).replace(code[0], f"%{ord(code[0]):02X}") + code[1:], f"%00{code}")
    yield from (user_code, user_code.replace("-", ""), user_code.lower())
    yield hashlib.sha256(code.encode()).hexdigest()  # which is what is stored
    yield base64.urlsafe_b64encode(code.encode()).decode()
    yield from ("null", "None", "undefined", "true", "0", "*", "%", "_", "{}", "[]")
    yield from ("' OR 1=1 --", f"{code}' --", "x" * 10_000, "\u00e9" * 43, "nmgc_" + code)


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


_NO_FORM, _NO_CLIENT = "request_no_form", "client_unknown"
_CLIENTS = (
    *(
        WrongRequest({"client_id": one}, "invalid_client", _NO_CLIENT)
        for one in (
            None,
            "unknown",
            "Notion-Gateway",
            "notion-gateway ",
            " notion-gateway",
            "notion-gateway/",
            "notion-gateway\0",
            "notion_gateway",
            "*",
            "%",
        )
    ),
    WrongRequest({"client_id": "<WITH_SECRET>"}, "invalid_client", "client_secret_wrong"),
    *(
        WrongRequest(
            {"client_id": "<WITH_SECRET>", "client_secret": one},
            "invalid_client",
            "client_secret_wrong",
        )
        for one in ("wrong", "<SECRET> ", "<SECRET>=", "<WITH_SECRET>", "notion-gateway")
    ),
    WrongRequest(
        {"client_id": "<OTHER_GRANTS>"}, "unauthorized_client", "grant_type_not_registered"
    ),
)
"""In the place of the good client, wherever a program says who it is."""
_FORMS = (
    *(
        WrongRequest({}, "invalid_request", _NO_FORM, content_type=one)
        for one in (
            "application/json",
            "multipart/form-data; boundary=x",
            "text/plain",
            "",
            "application/x-www-form-urlencode",
            "application/x-www-form-urlencoded2",
        )
    ),
    *(
        WrongRequest({}, "invalid_request", "parameter_twice", more=[one])
        for one in (("client_id", "notion-gateway"), ("client_id", "unknown"))
    ),
    WrongRequest(
        {"resource": "<ORIGIN>/spaces/<SPACE>"},
        "invalid_target",
        "resource_twice",
        more=[("resource", "<ORIGIN>/spaces/another")],
    ),
    WrongRequest(
        {},
        "invalid_request",
        "parameters_too_many",
        more=[(f"x{number}", "y") for number in range(50)],
    ),
)
_OTHER_RESOURCES = (
    "<ORIGIN>",
    "<ORIGIN>/",
    "<ORIGIN>/spaces",
    "<ORIGIN>/spaces/",
    "<ORIGIN>/spaces//<SPACE>",
    "<ORIGIN>/spaces/<SPACE>//",
    "<ORIGIN>/spaces/<SPACE>/tokens",
    "<ORIGIN>/spaces/<SPACE>/../<SPACE>",
    "<ORIGIN>/spaces/<SPACE>?a=b",
    "<ORIGIN>/spaces/<SPACE>?",
    "<ORIGIN>/spaces/<SPACE>#a",
    "<ORIGIN>/spaces/<SPACE>#",
    "<ORIGIN>/spaces/<SPACE>%00",
    "<ORIGIN>/spaces/<SPACE>%2Ftokens",
    "<ORIGIN>/spaces/ <SPACE>",
    "<ORIGIN>/Spaces/<SPACE>",
    "<ORIGIN>/mcp/notion/<SPACE>",
    "<ORIGIN>.evil.example/spaces/<SPACE>",
    "https://evil.example/spaces/<SPACE>",
    "https://evil.example@<HOST>/spaces/<SPACE>",
    "ftp://<HOST>/spaces/<SPACE>",
    "https://<HOST>/spaces/<SPACE>",
    "//<HOST>/spaces/<SPACE>",
    "/spaces/<SPACE>",
    "spaces/<SPACE>",
    "<SPACE>",
    "*",
    "null",
    "http://[",
    "http://127.0.0.1:99999/spaces/<SPACE>",
)
POLLS = (
    *_CLIENTS,
    *_FORMS,
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
        for one in (*_OTHER_RESOURCES, "<ORIGIN>/spaces/another", "<ORIGIN>/spaces/<SPACE>x")
    ),
)
"""Of somebody who has a code that a person has allowed."""
BEGINNINGS = (
    *_CLIENTS,
    *_FORMS,
    WrongRequest({"resource": None}, "invalid_target", "device_resource"),
    WrongRequest({"resource": ""}, "invalid_target", "device_resource"),
    WrongRequest({"client_id": "<SAME_GRANTS>"}, "invalid_target", "device_resource"),
    *(
        WrongRequest({"resource": one}, "invalid_target", "device_resource")
        for one in _OTHER_RESOURCES
    ),
)
"""Of somebody who asks for codes."""
