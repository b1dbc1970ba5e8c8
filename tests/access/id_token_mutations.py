"""More than a hundred ways in which an ID token is wrong, each with what the log says of it."""

from tests.authorization_server.token_mutations import Changes, TokenMutations

FORM = "The ID token is no JSON Web Token, or names no issuer (iss)."
ISSUER = "The ID token is another issuer's (iss)"
CLIENT = "The ID token was made for another client (aud, azp)."
NO_AGE, AGE = "The ID token does not say when it was issued", "The ID token was not issued just now"
NO_END, END = "The token's exp is missing or no time.", "The token has expired."
NO_BEGIN, BEGIN = "The token's nbf is missing or no time.", "The token is not valid yet (nbf)."
PERSON, ANOTHER = "The token's sub is missing or malformed.", "The issuer names another person"
TWO_PEOPLE = "The issuer spoke of two different people."
GROUPS = "Your issuer does not say which groups you are in."
EXTENSION = "The token demands an extension (crit)."
ALGORITHM = "The token is signed in a way that is not accepted here."
TYPE = "The token is of a type that lets nobody in (typ)."
KEY = "The token's key is none of its signer's."
SIGNATURE = "The token's signature is not that of a configured key."

NO_TIMES = ("soon", True, [1], {"at": 1}, -1, 1e300)

CLAIMS: Changes = [
    *(({"iss": one}, FORM) for one in (None, 7, True, ["ISSUER"], {"url": "ISSUER"})),
    *(({"iss": one}, ISSUER) for one in ("", "ISSUER/", "https://evil.example", "ISSUER.evil")),
    *(
        ({"aud": one}, CLIENT)
        for one in (
            None,
            "",
            "front-end ",
            "Front-End",
            "ISSUER",
            "another",
            [],
            ["another"],
            [["front-end"]],
            {"front-end": 1},
            7,
            True,
        )
    ),
    *(({"azp": one}, CLIENT) for one in ("", "another", ["front-end"], {"a": 1}, 7, True)),
    ({"aud": ["front-end", "another"], "azp": "another"}, CLIENT),
    *(({"iat": one}, NO_AGE) for one in (None, "now", True, [1], {"at": 1})),
    *(({"iat": one}, AGE) for one in ("+900", "+90000", "+-400", "+-90000", 0, -1, 1e300)),
    *(({"exp": one}, NO_END) for one in (None, 0, *NO_TIMES)),
    *(({"exp": one}, END) for one in ("+-31", "+-90000", 1)),
    *(({"nbf": one}, NO_BEGIN) for one in (0, *NO_TIMES)),
    *(({"nbf": one}, BEGIN) for one in ("+900", "+90000")),
    ({"sub": None}, TWO_PEOPLE),
    *(
        ({"sub": one}, PERSON)
        for one in ("", " ", " mona", "a\nb", "x" * 256, 7, True, ["mona"], {"sub": "mona"})
    ),
    *(({"sub": one}, ANOTHER) for one in ("ada", "bob", "Mona", "mona@birch.example")),
    *(({"groups": one}, GROUPS) for one in ("notion", 7, True, {"notion": 1}, [1], ["a", None])),
    ({"groups": ["g"] * 2001}, GROUPS),
    ({"_claim_names": {"groups": "src1"}}, GROUPS),
]
HEADS: Changes = [
    *(
        ({"typ": one}, TYPE)
        for one in (
            "at+jwt",
            "application/at+jwt",
            "oauth-id-jag+jwt",
            "logout+jwt",
            "dpop+jwt",
            "",
            7,
            ["JWT"],
        )
    ),
    *(({"crit": one}, EXTENSION) for one in (["exp"], ["https://evil.example"], [], "b64", None)),
    *(({"alg": one}, ALGORITHM) for one in ("none", "HS256", "RS1", "ES512", "", 7, ["RS256"])),
    ({"alg": None}, FORM),
    *(({"kid": one}, KEY) for one in ("another", "", "../sign-in-1", "SIGN-IN-1")),
    *(({"alg": one}, SIGNATURE) for one in ("PS256", "ES256")),
]
MUTATIONS = TokenMutations("JWT", CLAIMS, HEADS, FORM, ALGORITHM, SIGNATURE)
