"""A hundred ways in which a client's own assertion (``private_key_jwt``) is wrong, each with the
reason that refuses it. For machines and for clients that come with an issuer's assertion.
"""

import base64
import json
from typing import Any, cast

from joserfc import jwk, jwt

KEY = jwk.ECKey.generate_key("P-256", {"kid": "one"})
OTHER_KEY = jwk.ECKey.generate_key("P-256", {"kid": "one"})
JWKS = {"keys": [KEY.as_dict(private=False)]}
UNKNOWN, SUB, AUD, EXP, LONG, EARLY, JTI, SIGN, FORM = (
    "unknown",
    "assertion_subject",
    "assertion_audience",
    "assertion_expired",
    "assertion_lives_too_long",
    "assertion_not_yet_good",
    "assertion_id_missing",
    "assertion_signature",
    "assertion_form",
)
"""``unknown``: as the server calls a client of which it knows no key."""

_NO_TIMES: tuple[Any, ...] = ("later", True, [1], -1, 1e300, {"at": 1})
CLAIMS: list[tuple[dict[str, Any], str]] = [
    *(({"iss": one}, UNKNOWN) for one in ("", "machine-other", "CLIENT ")),
    *(({"iss": one}, FORM) for one in (None, 7, True, ["CLIENT"], {"id": "CLIENT"})),
    *(
        ({"sub": one}, SUB)
        for one in (None, "", "machine-other", "CLIENT ", "mona", 7, True, ["CLIENT"])
    ),
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
            [],
            ["ORIGIN", "https://evil.example"],
            ["ORIGIN", "ORIGIN"],
            ["ORIGIN/oauth/token"],
            [["ORIGIN"]],
            7,
            True,
            {"ORIGIN": 1},
        )
    ),
    *(({"exp": one}, EXP) for one in (None, "+-31", "+-3600", 0, *_NO_TIMES)),
    *(({"exp": one}, LONG) for one in ("+331", "+3600", "+86400")),
    *(({"nbf": one}, EARLY) for one in ("+60", "+90000", *_NO_TIMES)),
    *(({"iat": one}, EARLY) for one in ("+60", "+90000", *_NO_TIMES)),
    *(({"jti": one}, JTI) for one in (None, "", "x" * 129, 7, True, ["a"], {"a": 1})),
]
HEADS: list[tuple[dict[str, Any], str]] = [
    *(
        ({"typ": one}, "assertion_type")
        for one in ("logout+jwt", "at+jwt", "oauth-id-jag+jwt", "dpop+jwt", "", 7, ["JWT"])
    ),
    *(({"crit": one}, "assertion_extension") for one in (["exp"], ["b64"], [], "b64")),
    *(
        ({"alg": one}, "assertion_algorithm")
        for one in ("none", "HS256", "ES512", "", 7, ["ES256"])
    ),
    *(({"kid": one}, "assertion_key") for one in ("two", "", "ONE", "../one")),
]
FORGED = 14
TRIED = len(CLAIMS) + len(HEADS) + FORGED


def signed(content: dict[str, Any], key: jwk.ECKey = KEY, **header: Any) -> str:
    return jwt.encode({"alg": "ES256", "kid": "one", **header}, content, key)


def _forged(good: dict[str, Any]) -> list[tuple[str, str]]:
    whole = signed(good)
    head, body, signature = whole.split(".")
    of_another = signed({**good, "jti": "another"}).split(".")[1]
    shared = jwk.OctKey.import_key("s" * 32)
    made = [
        (signed(good, OTHER_KEY), SIGN),
        (f"{head}.{body}.", SIGN),
        (f"{head}.{body}.{signature[:-8]}AAAAAAAA", SIGN),
        (f"{head}.{of_another}.{signature}", SIGN),
        (jwt.encode({"alg": "HS256", "kid": "one"}, good, shared), "assertion_algorithm"),
        (f"{head}.{body}.{'A' * len(signature)}", SIGN),
        (jwt.encode({"alg": "ES256"}, good, OTHER_KEY), SIGN),
        *((one, FORM) for one in ("no.token", f"{head}.{body}", f".{body}.{signature}")),
        *((one, FORM) for one in (f"{head}..{signature}", f"{whole}.", whole[1:])),
        (f"{head}.{'A' * 49_152}.{signature}", "assertion_too_long"),
    ]
    assert len(made) == FORGED
    return made


def mutated(good: dict[str, Any], names: dict[str, str], now: float, number: int) -> str:
    """Of an assertion that is good; ``names`` take the place of ORIGIN and so on, ``+31`` is in 31
    seconds.
    """
    if number < len(CLAIMS):
        changes, _ = CLAIMS[number]
        given = {**good, **{name: _meant(one, names, now) for name, one in changes.items()}}
        return signed({name: one for name, one in given.items() if one is not None})
    if number < len(CLAIMS) + len(HEADS):
        changes, _ = HEADS[number - len(CLAIMS)]
        head = {"alg": "ES256", "kid": "one", **changes}
        parts = [
            base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode()
            for one in (head, good)
        ]
        return ".".join([*parts, signed(good).rpartition(".")[2]])
    return _forged(good)[number - len(CLAIMS) - len(HEADS)][0]


def reason(good: dict[str, Any], number: int) -> str:
    return [*CLAIMS, *HEADS, *_forged(good)][number][1]


def _meant(value: Any, names: dict[str, str], now: float) -> Any:
    if isinstance(value, list):
        return [_meant(one, names, now) for one in cast("list[Any]", value)]
    if not isinstance(value, str):
        return value
    if value.startswith("+"):
        return int(now) + int(value[1:])
    for name, one in names.items():
        value = value.replace(name, one)
    return value
