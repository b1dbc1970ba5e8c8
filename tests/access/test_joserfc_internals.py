"""What reading a signature leans on inside joserfc. Where one of these fails, joserfc has changed:
read access/jwt.py against it before the bound in pyproject.toml is raised.
"""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwk, jws, jwt
from joserfc.errors import JoseError, SecurityWarning, UnsupportedAlgorithmError

from notion_gateway.access.jwt import APPLICATION_ALGORITHMS, OIDC_ALGORITHMS, Signatures

KEY = jwk.OKPKey.generate_key("Ed25519")
CLAIMS = {"sub": "ada"}


@pytest.fixture
def eddsa() -> str:
    with pytest.warns(SecurityWarning):
        return jwt.encode({"alg": "EdDSA"}, CLAIMS, KEY, algorithms=["EdDSA"])


def test_the_registry_is_asked_for_an_algorithm_by_name() -> None:
    for kind in (jws.JWSRegistry, Signatures):
        assert "get_alg" in vars(kind)
        assert list(inspect.signature(kind.get_alg).parameters) == ["self", "name"]
    assert "algorithms" in inspect.signature(jws.JWSRegistry).parameters


def test_the_registry_keeps_what_was_allowed_and_what_there_is() -> None:
    registry = jws.JWSRegistry(algorithms=["ES256"])
    assert registry.allowed == ["ES256"]
    assert jws.JWSRegistry().allowed is None
    for name in {*APPLICATION_ALGORITHMS, *OIDC_ALGORITHMS}:
        assert registry.algorithms[name].name == name


def test_decoding_asks_the_registry_it_is_given_about_the_tokens_own_algorithm(
    monkeypatch: pytest.MonkeyPatch, eddsa: str
) -> None:
    get: Callable[..., Any] = Signatures.get_alg
    asked: list[str] = []

    def noted(self: Signatures, name: str) -> Any:
        asked.append(name)
        return get(self, name)

    monkeypatch.setattr(Signatures, "get_alg", noted)
    token = jwt.decode(eddsa, KEY, registry=Signatures(algorithms=["EdDSA"]))

    assert (token.claims, asked) == (CLAIMS, ["EdDSA"])


def test_the_library_alone_warns_about_the_name_eddsa(eddsa: str) -> None:
    """The control: why the lookup is replaced. Where this fails, it need not be any more."""
    with pytest.warns(SecurityWarning):
        jwt.decode(eddsa, KEY, registry=jws.JWSRegistry(algorithms=["EdDSA"]))


@pytest.mark.parametrize("allowed", [("ES256",), ()])
def test_nothing_is_accepted_that_is_not_allowed(allowed: tuple[str, ...], eddsa: str) -> None:
    registry = Signatures(algorithms=allowed)
    for name in ("EdDSA", "HS256", "RS256", "none"):
        with pytest.raises(UnsupportedAlgorithmError):
            registry.get_alg(name)
    with pytest.raises(JoseError):
        jwt.decode(eddsa, KEY, registry=registry)


def test_the_library_alone_takes_an_empty_list_for_its_own() -> None:
    """The control of the empty list above."""
    assert jws.JWSRegistry(algorithms=()).get_alg("HS256").name == "HS256"


def test_header_and_payload_are_read_without_a_key(eddsa: str) -> None:
    parts = jws.extract_compact(eddsa.encode())
    assert parts.headers()["alg"] == "EdDSA"
    assert b"ada" in parts.payload
