"""Tokens of an issuer that are wrong in one way each, made of a good one."""

import base64
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from joserfc import jwk

from tests.support.identity_issuer import IdentityIssuer

OTHER_KEY = jwk.RSAKey.generate_key(2048, {"kid": "okta-1"})
Changes = list[tuple[dict[str, Any], str]]
"""What is changed, with the reason that refuses it; None leaves a member out."""


def written(head: dict[str, Any], claims: dict[str, Any], signature: str) -> str:
    """A token as it could not be made by a library that keeps to the rules."""
    parts = [encoded(json.dumps(one).encode()) for one in (head, claims)]
    return f"{'.'.join(parts)}.{signature}"


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class TokenMutations:
    """Of tokens of the type ``typ``, signed with RS256. ``form``, ``algorithm``, ``signature`` and
    ``too_long``: the reasons that refuse what is forged; without the last, a token of any length is
    read.
    """

    typ: str
    claims: Changes
    heads: Changes
    form: str
    algorithm: str
    signature: str
    too_long: str | None = None

    def distinct(self) -> int:
        """How many changes to claims and heads there are, each counted once."""
        told = [("claims", one) for one, _ in self.claims] + [
            ("head", one) for one, _ in self.heads
        ]
        return len({json.dumps(one) for one in told})

    def tokens(
        self,
        issuer: IdentityIssuer,
        fresh: Callable[[], dict[str, Any]],
        names: Mapping[str, str],
        now: Callable[[], float],
    ) -> Iterator[tuple[str, str]]:
        """Each with its reason, and made as it is asked for: none expires while others are tried.
        ``fresh``: good claims; ``names`` take the place of ORIGIN and so on.
        """
        for changes, reason in self.claims:
            meant = {name: _meant(one, names, now()) for name, one in changes.items()}
            given = {**fresh(), **meant}
            left = {name: one for name, one in given.items() if one is not None}
            yield issuer.signed(left, typ=self.typ), reason
        for changes, reason in self.heads:
            head = {"alg": "RS256", "kid": issuer.key.kid, "typ": self.typ, **changes}
            left = {n: one for n, one in head.items() if one is not None or n == "crit"}
            good = fresh()
            signature = issuer.signed(good, typ=self.typ).rpartition(".")[2]
            yield written(left, good, signature), reason
        yield from self._forged(issuer, fresh())

    def _forged(self, issuer: IdentityIssuer, good: dict[str, Any]) -> list[tuple[str, str]]:
        whole = issuer.signed(good, typ=self.typ)
        head, body, signature = whole.split(".")
        another = issuer.signed({**good, "jti": "another"}, typ=self.typ).split(".")[1]
        shared = {"alg": "HS256", "kid": issuer.key.kid, "typ": self.typ}
        signing = written(shared, good, "").removesuffix(".").encode()
        by_public_key = hmac.digest(issuer.key.as_pem(private=False), signing, "sha256")
        too_long = f"{head}.{'A' * 49_152}.{signature}"
        return [
            *(() if self.too_long is None else ((too_long, self.too_long),)),
            (issuer.signed(good, typ=self.typ, key=OTHER_KEY, kid=issuer.key.kid), self.signature),
            (issuer.signed(good, typ=self.typ, key=OTHER_KEY, kid=None), self.signature),
            (f"{signing.decode()}.{encoded(by_public_key)}", self.algorithm),
            (f"{head}.{body}.", self.signature),
            (f"{head}.{body}.{signature[:-8]}AAAAAAAA", self.signature),
            (f"{head}.{body}.{'A' * len(signature)}", self.signature),
            (f"{head}.{another}.{signature}", self.signature),
            (f"{head}.{body}", self.form),
            (f"{whole}.", self.form),
            (f".{body}.{signature}", self.form),
            (f"{head}..{signature}", self.form),
            ("no token at all", self.form),
            (whole.replace(".", "·"), self.form),
            (whole[1:], self.form),
        ]


def _meant(value: Any, names: Mapping[str, str], now: float) -> Any:
    """``+31`` is in 31 seconds."""
    if isinstance(value, list):
        return [_meant(one, names, now) for one in cast("list[Any]", value)]
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value).items()
        return {_meant(name, names, now): _meant(one, names, now) for name, one in members}
    if not isinstance(value, str):
        return value
    if value.startswith("+"):
        return int(now) + int(value[1:])
    for name, one in names.items():
        value = value.replace(name, one)
    return value
