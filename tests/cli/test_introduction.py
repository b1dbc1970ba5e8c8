"""What ``serve`` says at a terminal about who is let in: true for the settings at hand."""

from typing import Any

import pytest

from notion_gateway.cli.serve import who_is_let_in
from notion_gateway.settings import GivenSettings

ISSUER: dict[str, Any] = {
    "gateway_oidc_issuer": "https://id.example",
    "gateway_oidc_audience": "us",
}
APPLICATION: dict[str, Any] = {"gateway_applications": [{"name": "product", "jwks": {"keys": []}}]}


@pytest.mark.parametrize(
    ("changes", "said", "unsaid"),
    [
        ({}, "tokens create", "GATEWAY_TRUST_HEADERS"),
        (ISSUER, "tokens of https://id.example", "believed"),
        (APPLICATION, "a configured application signs", "believed"),
        ({"gateway_local_sign_in": True}, "GATEWAY_LOCAL_SIGN_IN=1", "X-User-ID"),
        ({"gateway_trust_headers": True}, "X-User-ID is believed without proof", "name"),
    ],
)
def test_it_names_each_way_in_that_is_open_and_no_other(
    changes: dict[str, Any], said: str, unsaid: str
) -> None:
    text = "\n".join(who_is_let_in(GivenSettings.model_validate(changes)))

    assert said in text
    assert unsaid not in text
    assert "gateway tokens" in text
