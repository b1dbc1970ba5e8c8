"""Requests of programs that are wrong in one way each, made of a good one, and what is answered."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import structlog

from tests.support.mcp_login import Logins

Pairs = Sequence[tuple[str, str]]
Told = tuple[str, str]
"""OAuth's error, and why, as the log has it."""
LET_IN: Told = ("none", "let in")


@dataclass(frozen=True, slots=True)
class WrongRequest:
    """``changes`` to the parameters of a good one, where None leaves a parameter out, and ``more``
    of them behind; ORIGIN, SPACE and the names of clients stand for this test's own.
    """

    changes: Mapping[str, str | None]
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


def wrong_codes(code: str) -> Iterator[str]:
    """Codes, or tokens, that look like the good one, such as with another letter at one place."""
    for at, letter in enumerate(code):
        yield f"{code[:at]}{'B' if letter == 'A' else 'A'}{code[at + 1 :]}"
    for at in range(len(code)):
        yield code[:at] + code[at + 1 :]
    yield from (code[::-1], code.lower(), code.upper(), code.swapcase(), code + code, code[:22])
    yield from (f" {code}", f"{code} ", f"{code}\n", f"{code}\r\n", f"\t{code}", f"{code}\0")
    yield from (f"{code}=", f"{code}.", f"{code},", f'"{code}"', f"'{code}'", f"[{code}]")
    yield from (f"{code}\u200b", f"\ufeff{code}", code.replace(code[0], chr(0x1D400), 1))
    yield from (quote(code[:1]).replace(code[0], f"%{ord(code[0]):02X}") + code[1:], f"%00{code}")
    yield hashlib.sha256(code.encode()).hexdigest()  # which is what is stored
    yield base64.urlsafe_b64encode(code.encode()).decode()
    yield from ("null", "None", "undefined", "true", "0", "*", "%", "_", "{}", "[]")
    yield from ("' OR 1=1 --", f"{code}' --", "x" * 10_000, "\u00e9" * 43, "nmgc_" + code)


_NO_FORM, _NO_CLIENT = "request_no_form", "client_unknown"
CLIENTS = (
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
)
"""In the place of the good client, wherever a program says who it is."""
FORMS = (
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


def other_resources(path: str, another: str) -> Iterator[str]:
    """In the place of the good one, which begins with ``path``; ``another`` begins what is for
    tokens of another kind.
    """
    bare, relative, upper = path.rstrip("/"), path.lstrip("/"), path.title()
    yield from (
        "<ORIGIN>",
        "<ORIGIN>/",
        f"<ORIGIN>{bare}",
        f"<ORIGIN>{path}",
        f"<ORIGIN>{path}/<SPACE>",
        f"<ORIGIN>{path}<SPACE>//",
        f"<ORIGIN>{path}<SPACE>/tokens",
        f"<ORIGIN>{path}<SPACE>/../<SPACE>",
        f"<ORIGIN>{path}<SPACE>?a=b",
        f"<ORIGIN>{path}<SPACE>?",
        f"<ORIGIN>{path}<SPACE>#a",
        f"<ORIGIN>{path}<SPACE>#",
        f"<ORIGIN>{path}<SPACE>%00",
        f"<ORIGIN>{path}<SPACE>%2Ftokens",
        f"<ORIGIN>{path} <SPACE>",
        f"<ORIGIN>{upper}<SPACE>",
        f"<ORIGIN>{another}<SPACE>",
        f"<ORIGIN>.evil.example{path}<SPACE>",
        f"https://evil.example{path}<SPACE>",
        f"https://evil.example@<HOST>{path}<SPACE>",
        f"ftp://<HOST>{path}<SPACE>",
        f"https://<HOST>{path}<SPACE>",
        f"//<HOST>{path}<SPACE>",
        f"{path}<SPACE>",
        f"{relative}<SPACE>",
        "<SPACE>",
        "*",
        "null",
        "http://[",
        f"http://127.0.0.1:99999{path}<SPACE>",
    )


async def names_of(logins: Logins, **good: Any) -> dict[str, str]:
    """What stands for this test's own in mutations. ``good``: what the good client registered."""
    with_secret = await logins.register(token_endpoint_auth_method="client_secret_post", **good)
    same_name = await logins.register(client_name="notion-gateway, the command line", **good)
    return {
        "ORIGIN": logins.origin,
        "HOST": logins.origin.removeprefix("http://"),
        "SPACE": logins.space,
        "CLIENT": logins.client_id,
        "SAME_GRANTS": (await logins.register(**good)).json["client_id"],
        "SAME_NAME": same_name.json["client_id"],
        "WITH_SECRET": with_secret.json["client_id"],
        "SECRET": with_secret.json["client_secret"],
    }


async def told(logins: Logins, path: str, form: Pairs, content_type: str) -> Told:
    with structlog.testing.capture_logs() as lines:
        answer = await logins.rig.caller.send(
            "POST",
            path,
            user=None,
            headers={"Content-Type": content_type},
            data=urlencode(form).encode(),
        )
    if answer.status == 200:
        return LET_IN
    assert answer.status in (400, 401), (form, answer.body)
    assert set(answer.json) == {"error", "error_description"}
    (why,) = [line["why"] for line in lines if line["event"] == "login_refused"]
    return answer.json["error"], why


async def unlike(
    logins: Logins,
    path: str,
    good: dict[str, str],
    names: dict[str, str],
    wrong: Iterable[WrongRequest],
) -> list[str]:
    """Which of them were not refused as they should be."""
    differing = list[str]()
    for one in wrong:
        form = one.form(good, names)
        heard = await told(logins, path, form, one.content_type)
        if heard != (one.error, one.why):
            differing.append(f"{form} {one.content_type}: {heard}, not {(one.error, one.why)}")
    return differing


def recorded(logins: Logins) -> list[tuple[str, str]]:
    """Who and why, as the space's audit has it."""
    return sorted(logins.rig.sql("select user_id, reason from audit_entries where kind = 'login'"))
