"""More than a hundred ways in which the token of a workload is wrong, each with the reason that
refuses it.
"""

from tests.authorization_server.token_mutations import Changes, TokenMutations

MAIN = "repo:birch/website:ref:refs/heads/main"
"""The subject of a good one."""

CLAIMS: Changes = [
    *(({"iss": one}, "workload_unknown") for one in ("https://evil.example", "", "ISSUER/")),
    *(
        ({"iss": one}, "workload_token_form")
        for one in (None, 7, ["ISSUER"], {"url": "ISSUER"}, True)
    ),
    *(
        ({"aud": one}, "workload_audience")
        for one in (
            None,
            "",
            "ORIGIN/",
            "ORIGIN/oauth/token",
            "ORIGIN.evil.example",
            "HTTP://127.0.0.1",
            "RESOURCE",
            "https://github.com/birch",
            "sts.amazonaws.com",
            [],
            ["ORIGIN", "sigstore"],
            ["ORIGIN", "ORIGIN"],
            {"ORIGIN": 1},
            ["sigstore"],
            [["ORIGIN"]],
            7,
            True,
        )
    ),
    *(
        ({"sub": one}, "workload_subject")
        for one in (
            None,
            "",
            "repo:birch/website",
            "repo:birch/website:pull_request",
            "repo:birch/website:ref:refs/tags/main",
            "repo:birch/website-evil:ref:refs/heads/main",
            "repo:birch-evil/website:ref:refs/heads/main",
            "repo:evil/website:ref:refs/heads/main",
            "Repo:birch/website:ref:refs/heads/main",
            "repo:birch/website:ref:refs/heads/",
            "repo:birch/website:ref:refs/heads/a/b",
            "repo:birch/website:ref:refs/heads/main:x",
            "x repo:birch/website:ref:refs/heads/main",
            " repo:birch/website:ref:refs/heads/main",
            "repo:birch//website:ref:refs/heads/main",
            "repo/birch/website:ref:refs/heads/main",
            7,
            True,
            [MAIN],
            {"sub": MAIN},
        )
    ),
    *(
        ({"exp": one}, "workload_expired")
        for one in (None, "+-31", "+-3600", 0, -1, "soon", True, [1], 1e300, {"at": 1})
    ),
    *(({"exp": one}, "workload_lives_too_long") for one in ("+90000", "+31536000")),
    *(
        ({"iat": one}, "workload_not_yet_good")
        for one in ("+900", "+90000", "now", True, [1], -1, 1e300, {"at": 1})
    ),
    *(
        ({"nbf": one}, "workload_not_yet_good")
        for one in ("+900", "+90000", "later", True, [1], -1, 1e300, {"at": 1})
    ),
    *(({"cnf": one}, "workload_bound_to_key") for one in ({"jkt": "x"}, {}, False)),
]
HEADS: Changes = [
    *(
        ({"typ": one}, "workload_token_type")
        for one in ("oauth-id-jag+jwt", "logout+jwt", "dpop+jwt", "JOSE", "", 7, ["JWT"])
    ),
    *(
        ({"crit": one}, "workload_token_extension")
        for one in (["exp"], ["https://evil.example"], [], "b64", None)
    ),
    *(
        ({"alg": one}, "workload_token_algorithm")
        for one in ("none", "HS256", "RS1", "ES512", "", 7, ["RS256"])
    ),
    *(({"kid": one}, "workload_token_key") for one in ("okta-2", "", "../okta-1", "OKTA-1")),
    *(({"alg": one}, "workload_token_signature") for one in ("PS256", "ES256")),
    ({"alg": None}, "workload_token_form"),
]
MUTATIONS = TokenMutations(
    typ="JWT",
    claims=CLAIMS,
    heads=HEADS,
    form="workload_token_form",
    too_long="workload_token_too_long",
    algorithm="workload_token_algorithm",
    signature="workload_token_signature",
)
