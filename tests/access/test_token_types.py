"""Which of an issuer's tokens let somebody in, and where its own description may lead."""

import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from notion_gateway.access.jwt import OIDC_ALGORITHMS, FixedKeys, JwtVerifier
from notion_gateway.access.openid import OpenIdIssuer
from notion_gateway.kernel.clock import SystemClock
from notion_gateway.kernel.errors import IdentityUnavailable, Unauthenticated
from notion_gateway.kernel.outbound.messages import HttpAnswer, HttpRequest
from notion_gateway.settings import ConfigurationError, load_settings

pytestmark = pytest.mark.anyio

KEY = ECKey.generate_key("P-256")
ISSUER = "https://id.example"
DESCRIPTION = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
}


def signed(**header: object) -> str:
    return jwt.encode({"alg": "ES256", **header}, {"sub": "ada"}, KEY)


def verifier() -> JwtVerifier:
    return JwtVerifier(FixedKeys([KEY]), OIDC_ALGORITHMS)


@pytest.mark.promise("threats:26")
@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"])
async def test_id_and_access_tokens_are_read(kind: str) -> None:
    assert (await verifier().verify(signed(typ=kind)))["sub"] == "ada"


@pytest.mark.promise("threats:26")
@pytest.mark.parametrize(
    "kind", ["logout+jwt", "secevent+jwt", "dpop+jwt", "oauth-id-jag+jwt", "", "JWT "]
)
async def test_a_token_that_was_signed_for_something_else_lets_nobody_in(kind: str) -> None:
    with pytest.raises(Unauthenticated):
        await verifier().verify(signed(typ=kind))


class Description:
    """An issuer that says this about itself."""

    def __init__(self, changes: dict[str, str]) -> None:
        self.document = {**DESCRIPTION, **changes}

    async def send(self, request: HttpRequest) -> HttpAnswer:
        assert request.url.startswith(ISSUER)
        return HttpAnswer(200, {}, json.dumps(self.document).encode())


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize(
    ("address", "is_taken"),
    [
        ("https://elsewhere.example/x", True),
        ("http://127.0.0.1:9000/x", True),
        ("http://localhost/x", True),
        ("http://id.example/x", False),
        ("http://10.0.0.1/x", False),
        ("ftp://id.example/x", False),
        ("no address", False),
    ],
)
async def test_what_an_issuer_names_is_https_or_on_this_machine(
    name: str, address: str, *, is_taken: bool
) -> None:
    issuer = OpenIdIssuer(Description({name: address}), ISSUER, SystemClock())
    if is_taken:
        assert address in vars_of(await issuer.configuration())
        return
    with pytest.raises(IdentityUnavailable, match=name):
        await issuer.configuration()


def vars_of(configuration: Any) -> set[object]:
    return {getattr(configuration, name) for name in DESCRIPTION if name != "issuer"}


def test_an_applications_keys_are_fetched_by_https_or_on_this_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))
    entry = [{"name": "product", "jwks_url": "http://keys.example/jwks"}]
    monkeypatch.setenv("GATEWAY_APPLICATIONS", json.dumps(entry))
    with pytest.raises(ConfigurationError, match="GATEWAY_APPLICATIONS"):
        load_settings()
    entry[0]["jwks_url"] = "http://127.0.0.1:9000/jwks"
    monkeypatch.setenv("GATEWAY_APPLICATIONS", json.dumps(entry))
    assert load_settings().applications()[0].jwks_url == "http://127.0.0.1:9000/jwks"
