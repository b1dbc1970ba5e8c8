"""More than a hundred ways in which an assertion is wrong, each with the reason that refuses it."""

import base64
import hmac
import json
from typing import Any, cast

from joserfc import jwk

from tests.authorization_server.asserting import Asserting
from tests.support.identity_issuer import CLAUDE

OTHER_KEY = jwk.RSAKey.generate_key(2048, {"kid": "okta-1"})
AUD, SUB, CLIENT, EXP, IAT, NBF, LONG, JTI = (
    "id_assertion_audience",
    "id_assertion_subject",
    "id_assertion_client",
    "id_assertion_expired",
    "id_assertion_issued_when",
    "id_assertion_not_yet_good",
    "id_assertion_lives_too_long",
    "id_assertion_id",
)
RES, GROUP = "id_assertion_resource", "id_assertion_groups"
FORM, TYPE, EXT, ALG = (
    "id_assertion_form",
    "id_assertion_type",
    "id_assertion_extension",
    "id_assertion_algorithm",
)
KEY, SIGN = "id_assertion_key", "id_assertion_signature"

CLAIMS: list[tuple[dict[str, Any], str]] = [
    *(({"iss": one}, "issuer_unknown") for one in ("https://evil.example", "", "OKTA/", "OKTA:1")),
    *(({"iss": one}, FORM) for one in (None, 7, ["OKTA"], {"url": "OKTA"}, True)),
    ({"iss": "CLAUDE"}, "issuer_not_for_client"),
    *(
        ({"aud": one}, AUD)
        for one in (
            None,
            "",
            "ORIGIN/",
            "ORIGIN/oauth/token",
            "RESOURCE",
            "https://evil.example",
            "ORIGIN.evil.example",
            "HTTP://127.0.0.1",
            [],
            ["ORIGIN", "https://evil.example"],
            ["https://evil.example"],
            ["ORIGIN", "ORIGIN"],
            [["ORIGIN"]],
            7,
            True,
            {"ORIGIN": 1},
        )
    ),
    *(({"sub": one}, SUB) for one in (None, "", " ", "a\nb", " ada", "x" * 256, 7, True, ["ada"])),
    *(
        ({"client_id": one}, CLIENT)
        for one in (None, "", "another", CLAUDE, "CLIENT ", ["CLIENT"], 7, True)
    ),
    *(
        ({"exp": one}, EXP)
        for one in (None, "+-31", "+-3600", 0, -1, "soon", True, [1], 1e300, {"at": 1})
    ),
    *(({"exp": one}, LONG) for one in ("+601", "+3600", "+86400")),
    ({"iat": "+-400"}, LONG),
    *(({"iat": one}, IAT) for one in (None, "now", True, [1], -1, 1e300)),
    *(({"iat": one}, NBF) for one in ("+900", "+90000")),
    *(({"nbf": one}, NBF) for one in ("+900", "+90000", "later", True, [1], -1)),
    *(({"jti": one}, JTI) for one in (None, "", "x" * 257, 7, True, ["a"], {"a": 1})),
    *(
        ({"resource": one}, RES)
        for one in (
            None,
            "",
            "ORIGIN",
            "ORIGIN/mcp/notion/",
            "ORIGIN/mcp/notion/a/b",
            "ORIGIN/mcp/notion/oauth",
            "ORIGIN/spaces/SPACE",
            "RESOURCE?a=b",
            "RESOURCE#a",
            "https://evil.example/mcp/notion/SPACE",
            "https://evil@127.0.0.1/mcp/notion/SPACE",
            [],
            ["RESOURCE", "RESOURCE"],
            ["RESOURCE", "ORIGIN/mcp/notion/other"],
            [["RESOURCE"]],
            7,
            True,
            {"uri": "RESOURCE"},
        )
    ),
    ({"resource": "ORIGIN/mcp/notion/other", "jti": "elsewhere"}, "person_not_in_space"),
    *(({"cnf": one}, "id_assertion_bound_to_key") for one in ({"jkt": "x"}, {}, False)),
    *(({"authorization_details": one}, "id_assertion_details") for one in ([{"type": "x"}], [])),
    *(({"groups": one}, GROUP) for one in ("notion", 7, True, {"notion": 1}, [1], ["a", None])),
    ({"groups": ["g"] * 2001}, GROUP),
    ({"_claim_names": {"groups": "src1"}}, GROUP),
]
HEADS: list[tuple[dict[str, Any], str]] = [
    *(
        ({"typ": one}, TYPE)
        for one in (
            None,
            "JWT",
            "at+jwt",
            "logout+jwt",
            "oauth-id-jag",
            "id-jag+jwt",
            "",
            7,
            ["oauth-id-jag+jwt"],
        )
    ),
    *(({"crit": one}, EXT) for one in (["exp"], ["https://evil.example"], [], "b64", None)),
    *(({"alg": one}, ALG) for one in ("none", "HS256", "RS1", "ES512", "", 7, ["RS256"])),
    ({"alg": None}, FORM),
    *(({"kid": one}, KEY) for one in ("okta-2", "", "../okta-1", "OKTA-1")),
    ({"alg": "PS256"}, SIGN),
    ({"alg": "ES256"}, SIGN),
]


def written(head: dict[str, Any], claims: dict[str, Any], signature: str) -> str:
    """A token as it could not be made by a library that keeps to the rules."""
    parts = [encoded(json.dumps(one).encode()) for one in (head, claims)]
    return f"{'.'.join(parts)}.{signature}"


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def forged(here: Asserting) -> list[tuple[str, str]]:
    """Whole assertions, each with the reason that it is refused for."""
    good = here.okta.signed(here.claims(jti="forged"))
    head, body, signature = good.split(".")
    shared = {"alg": "HS256", "kid": "okta-1", "typ": "oauth-id-jag+jwt"}
    signing = written(shared, here.claims(), "").removesuffix(".").encode()
    by_public_key = hmac.digest(here.okta.key.as_pem(private=False), signing, "sha256")
    of_claude = here.claude.signed(here.claims(), typ="oauth-id-jag+jwt")
    return [
        (here.okta.signed(here.claims(), key=OTHER_KEY), SIGN),
        (here.okta.signed(here.claims(), key=OTHER_KEY, kid=None), SIGN),
        (of_claude, KEY),
        (here.claude.signed(here.claims(), kid=None), SIGN),
        (f"{signing.decode()}.{encoded(by_public_key)}", ALG),
        (f"{head}.{body}.", SIGN),
        (f"{head}.{body}.{signature[:-8]}AAAAAAAA", SIGN),
        (f"{head}.{body}.{'A' * len(signature)}", SIGN),
        (f"{head}.{here.okta.signed(here.claims(sub='ada')).split('.')[1]}.{signature}", SIGN),
        (f"{head}.{body}", FORM),
        (f"{good}.", FORM),
        (f".{body}.{signature}", FORM),
        (f"{head}..{signature}", FORM),
        ("no token at all", FORM),
        (good.replace(".", "·"), FORM),
        (good[1:], FORM),
    ]


def changed(here: Asserting, value: Any) -> Any:
    """With the names of this run in the place of ORIGIN and so on; ``+31`` is in 31 seconds."""
    if isinstance(value, list):
        return [changed(here, one) for one in cast("list[Any]", value)]
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value).items()
        return {changed(here, name): changed(here, one) for name, one in members}
    if not isinstance(value, str):
        return value
    if value.startswith("+"):
        return int(here.logins.rig.clock.timestamp()) + int(value[1:])
    names = {
        "ORIGIN": here.logins.origin,
        "RESOURCE": here.logins.resource,
        "SPACE": here.logins.space,
        "CLIENT": here.client_id,
        "OKTA": here.okta.url,
        "CLAUDE": here.claude.url,
    }
    for name, one in names.items():
        value = value.replace(name, one)
    return value


def mutated(here: Asserting, number: int) -> str:
    good = here.claims(jti="untouched")
    if number < len(CLAIMS):
        changes, _ = CLAIMS[number]
        given = {**good, **{name: changed(here, one) for name, one in changes.items()}}
        return here.okta.signed({name: one for name, one in given.items() if one is not None})
    if number < len(CLAIMS) + len(HEADS):
        changes, _ = HEADS[number - len(CLAIMS)]
        base = {"alg": "RS256", "kid": "okta-1", "typ": "oauth-id-jag+jwt"}
        head = {n: one for n, one in {**base, **changes}.items() if one is not None or n == "crit"}
        return written(head, good, here.okta.signed(good).rpartition(".")[2])
    return forged(here)[number - len(CLAIMS) - len(HEADS)][0]
