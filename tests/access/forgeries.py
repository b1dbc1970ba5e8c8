"""Everything that can be wrong with a signed principal, each alone."""

import base64
import hmac
import json
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from joserfc import jwk

from tests.support.identity import AUDIENCE, Signer

Forge = Callable[[Signer, dict[str, Any]], str]

REMOVED = object()


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unsigned(header: Mapping[str, Any], claims: object, signature: bytes = b"") -> str:
    return f"{part(dict(header))}.{part(claims)}.{part(signature)}"


def claim(**changes: Any) -> Forge:
    def forge(signer: Signer, claims: dict[str, Any]) -> str:
        merged = {**claims, **changes}
        return signer.sign({name: one for name, one in merged.items() if one is not REMOVED})

    return forge


def at(**seconds: float) -> Forge:
    """Times that many seconds from when it was issued."""

    def forge(signer: Signer, claims: dict[str, Any]) -> str:
        moved = {name: claims["iat"] + offset for name, offset in seconds.items()}
        return signer.sign({**claims, **moved})

    return forge


def signed_by_another(signer: Signer, claims: dict[str, Any]) -> str:
    return Signer(name=signer.name).sign(claims)


def hs256_with_the_public_key(form: str) -> Forge:
    """The classic: what everybody knows, taken for a shared secret (RFC 8725 section 2.1)."""

    def forge(signer: Signer, claims: dict[str, Any]) -> str:
        key: Any = signer.key  # an Ed25519 key; joserfc's base class promises less
        public: dict[str, Any] = dict(key.as_dict(private=False))
        forms: dict[str, bytes] = {
            "pem": key.as_pem(private=False),
            "raw": base64.urlsafe_b64decode(public["x"] + "="),
            "jwk": json.dumps(public).encode(),
        }
        header = {"alg": "HS256", "typ": "JWT", "kid": signer.key.kid}
        signed = f"{part(header)}.{part(claims)}"
        return f"{signed}.{part(hmac.digest(forms[form], signed.encode(), 'sha256'))}"

    return forge


def alg(name: str) -> Forge:
    """The header says another algorithm than the signature was made with."""

    def forge(signer: Signer, claims: dict[str, Any]) -> str:
        header, payload, signature = signer.sign(claims).split(".")
        del header
        return f"{part({'alg': name, 'kid': signer.key.kid})}.{payload}.{signature}"

    return forge


def header(**changes: Any) -> Forge:
    """Signed by a stranger, whose key the header brings along or points to."""

    def forge(signer: Signer, claims: dict[str, Any]) -> str:
        stranger = Signer(name=signer.name)
        public = stranger.key.as_dict(private=False)
        brought = {name: public if one is KEY else one for name, one in changes.items()}
        signed = f"{part({'alg': 'EdDSA', **brought})}.{part(claims)}"
        return f"{signed}.{part(_ed25519(stranger, signed.encode()))}"

    return forge


def well_signed(payload: bytes, **changes: Any) -> Forge:
    """By the right key, whatever it is."""

    def forge(signer: Signer, claims: dict[str, Any]) -> str:
        del claims
        head = {"alg": "EdDSA", "kid": signer.key.kid, **changes}
        signed = f"{part(head)}.{part(payload)}"
        return f"{signed}.{part(_ed25519(signer, signed.encode()))}"

    return forge


def critical(**changes: Any) -> Forge:
    """By the right key, with header members that this gateway does not understand."""

    def forge(signer: Signer, claims: dict[str, Any]) -> str:
        head = {"alg": "EdDSA", "kid": signer.key.kid, **changes}
        payload = json.dumps(claims) if changes.get("b64") is False else part(claims)
        signed = f"{part(head)}.{payload}"
        return f"{signed}.{part(_ed25519(signer, signed.encode()))}"

    return forge


KEY = object()


def _ed25519(signer: Signer, message: bytes) -> bytes:
    key: Any = signer.key
    signature: bytes = key.private_key.sign(message)
    return signature


def cut(which: int) -> Forge:
    def forge(signer: Signer, claims: dict[str, Any]) -> str:
        parts = signer.sign(claims).split(".")
        parts[which] = parts[which][:-2]
        return ".".join(parts)

    return forge


def es256_over_ed25519(signer: Signer, claims: dict[str, Any]) -> str:
    other = jwk.ECKey.generate_key("P-256", {"kid": "a"}, auto_kid=False)
    return Signer(name=signer.name, key=other, algorithm="ES256").sign(claims)


def none_at_all(name: object) -> Forge:
    return lambda signer, claims: unsigned({"alg": name, "kid": signer.key.kid}, claims)


_NO_ALGORITHMS: tuple[Any, ...] = ("none", "None", "nOnE", "", None, 1, [])

FORGERIES: dict[str, Forge] = {
    **{f"alg {name!r}": none_at_all(name) for name in _NO_ALGORITHMS},
    **{f"HS256 with the {form}": hs256_with_the_public_key(form) for form in ("pem", "raw", "jwk")},
    **{
        f"alg {name} over EdDSA": alg(name)
        for name in ("ES256", "HS256", "RS256", "PS256", "EdDSA ", "eddsa", "Ed448", "ES512")
    },
    "ES256 with another key of that id": es256_over_ed25519,
    "another key": signed_by_another,
    "its own jwk": header(jwk=KEY),
    "its own jwk, by our kid": header(jwk=KEY, kid="a"),
    "jku": header(jku="http://127.0.0.1:9/jwks.json", kid="a"),
    "x5u": header(x5u="http://127.0.0.1:9/x", kid="a"),
    "x5c": header(x5c=["AAAA"], kid="a"),
    "kid as a path": header(kid="../../../dev/null"),
    "kid of another type": header(kid={"a": 1}),
    "kid as SQL": header(kid="a' OR '1'='1"),
    "no kid": header(),
    "crit": critical(crit=["exp"]),
    "crit of nobody's": critical(crit=["https://example.com/x"], **{"https://example.com/x": 1}),
    "b64": critical(crit=["b64"], b64=False),
    "empty crit": critical(crit=[]),
    "signature cut": cut(2),
    "payload cut": cut(1),
    "header cut": cut(0),
    "other iss": claim(iss="another"),
    "no iss": claim(iss=REMOVED),
    "iss in a list": claim(iss=["conversational-ui"]),
    "other aud": claim(aud="https://other.example"),
    "no aud": claim(aud=REMOVED),
    "aud longer": claim(aud=f"{AUDIENCE}/"),
    "aud in capitals": claim(aud=AUDIENCE.upper()),
    "aud in an object": claim(aud={AUDIENCE: 1}),
    "aud deeper": claim(aud=[[AUDIENCE]]),
    "no sub": claim(sub=REMOVED),
    "empty sub": claim(sub=""),
    "sub a number": claim(sub=7),
    "sub null": claim(sub=None),
    "sub with a space first": claim(sub=" ada"),
    "sub with a newline": claim(sub="ada\n"),
    "sub with a null": claim(sub="ada\u0000"),
    "sub with a space of no width": claim(sub="a\u200bda"),
    "sub long": claim(sub="a" * 256),
    "sub in a list": claim(sub=["ada"]),
    "no exp": claim(exp=REMOVED),
    "exp null": claim(exp=None),
    "exp as text": claim(exp="9999999999"),
    "exp true": claim(exp=True),
    "exp infinite": claim(exp=float("inf")),
    "exp not a number": claim(exp=float("nan")),
    "exp huge": claim(exp=10**400),
    "exp negative": claim(exp=-1),
    "exp too far": at(exp=61),
    "expired": at(iat=-66, exp=-6),
    "iat in the future": at(iat=30, exp=60),
    "iat far in the past": at(iat=-3600),
    "no iat": claim(iat=REMOVED),
    "iat as text": claim(iat="1"),
    "iat false": claim(iat=False),
    "nbf in the future": at(nbf=30),
    "nbf as text": claim(nbf="soon"),
    "nbf null": claim(nbf=None),
    "no jti": claim(jti=REMOVED),
    "jti short": claim(jti="a" * 15),
    "jti long": claim(jti="a" * 129),
    "jti a number": claim(jti=10**20),
    "jti in a list": claim(jti=["a" * 20]),
    "space_id malformed": claim(space_id="a b"),
    "space_id reserved": claim(space_id="proxy"),
    "space_id a number": claim(space_id=1),
    "space_id in a list": claim(space_id=["a"]),
    "huge": claim(name="x" * 48_000),
    "claims in a list": well_signed(b"[]"),
    "claims as text": well_signed(b'"ada"'),
    "no claims": well_signed(b""),
    "claims nested": well_signed(b"[" * 3000 + b"]" * 3000),
    "claims no UTF-8": well_signed(b'{"iss": "\xff"}'),
}


def doubled(now: datetime) -> bytes:
    """An iss for whoever reads the first of two members, and one for who reads the last."""
    issued = int(now.timestamp())
    return (
        f'{{"iss": "conversational-ui", "iss": "another", "aud": "{AUDIENCE}", "sub": "ada",'
        f' "iat": {issued}, "exp": {issued + 60}, "jti": "{uuid.uuid4().hex}"}}'
    ).encode()
