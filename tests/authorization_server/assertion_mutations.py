"""More than a hundred ways in which an assertion is wrong, each with the reason that refuses it."""

from collections.abc import Iterator
from typing import Any

from tests.authorization_server.asserting import Asserting
from tests.authorization_server.token_mutations import TokenMutations
from tests.support.identity_issuer import CLAUDE

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
TOO_LONG = "id_assertion_too_long"
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


MUTATIONS = TokenMutations("oauth-id-jag+jwt", CLAIMS, HEADS, FORM, ALG, SIGN, TOO_LONG)


def wrong_assertions(here: Asserting) -> Iterator[tuple[str, str]]:
    """Each with the reason that it is refused for. The last ones are by another issuer that the
    gateway believes.
    """

    def fresh() -> dict[str, Any]:
        return here.claims(jti="untouched")

    names = {
        "ORIGIN": here.logins.origin,
        "RESOURCE": here.logins.resource,
        "SPACE": here.logins.space,
        "CLIENT": here.client_id,
        "OKTA": here.okta.url,
        "CLAUDE": here.claude.url,
    }
    yield from MUTATIONS.tokens(here.okta, fresh, names, here.logins.rig.clock.timestamp)
    yield here.claude.signed(fresh()), KEY
    yield here.claude.signed(fresh(), kid=None), SIGN
