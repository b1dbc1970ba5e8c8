"""What the authorization server leans on in the ``mcp`` package's handlers. Where one of these
fails, the package has changed: read authorization_server/mcp_provider.py and mcp_handlers.py
against it before the bound in pyproject.toml is raised. What the handlers do with what the gateway
tells them is in the tests beside this one.
"""

import inspect
from typing import Any, get_args

import pytest
from mcp.server.auth import provider as theirs
from mcp.server.auth.handlers.authorize import AuthorizationHandler, AuthorizationRequest
from mcp.server.auth.handlers.register import RegistrationHandler
from mcp.server.auth.handlers.revoke import RevocationHandler
from mcp.server.auth.middleware.client_auth import ClientAuthenticator
from mcp.server.auth.provider import OAuthAuthorizationServerProvider
from mcp.shared.auth import OAuthClientInformationFull

from notion_gateway.authorization_server.mcp_provider import GatewayProvider, KnownClient


@pytest.mark.parametrize(
    ("handler", "parameters"),
    [
        (AuthorizationHandler, ["provider"]),
        (RevocationHandler, ["provider", "client_authenticator"]),
        (RegistrationHandler, ["provider", "options"]),
    ],
)
def test_a_handler_is_made_of_these_and_handles_a_request(
    handler: type[Any], parameters: list[str]
) -> None:
    assert list(inspect.signature(handler).parameters) == parameters
    assert inspect.iscoroutinefunction(handler.handle)
    assert list(inspect.signature(handler.handle).parameters) == ["self", "request"]


def hooks(kind: type) -> dict[str, list[str]]:
    """What a handler may call, and with what."""
    return {
        name: list(inspect.signature(method).parameters)
        for name, method in vars(kind).items()
        if inspect.iscoroutinefunction(method)
    }


def test_the_gateway_decides_all_that_the_handlers_ask_and_one_thing_is_not_offered() -> None:
    asked, decided = hooks(OAuthAuthorizationServerProvider), hooks(GatewayProvider)
    not_offered = asked.keys() - decided.keys()

    assert not_offered == {"exchange_identity_assertion"}
    assert decided == {name: asked[name] for name in asked.keys() - not_offered}


@pytest.mark.parametrize(
    ("method", "parameter"),
    [("validate_scope", "requested_scope"), ("validate_redirect_uri", "redirect_uri")],
)
def test_a_client_judges_scope_and_redirect_uri_itself(method: str, parameter: str) -> None:
    for kind in (OAuthClientInformationFull, KnownClient):
        assert method in vars(kind)
        assert list(inspect.signature(getattr(kind, method)).parameters) == ["self", parameter]
    assert method in AuthorizationHandler.handle.__code__.co_names


def test_a_clients_secret_is_compared_with_what_was_sent() -> None:
    """Which is why the gateway, that keeps hashes, gives back what was sent where it is right."""
    names = ClientAuthenticator.authenticate_request.__code__.co_names
    assert {"get_client", "client_secret", "compare_digest"} <= set(names)


def test_pkce_is_s256_and_asked_for() -> None:
    fields = AuthorizationRequest.model_fields
    assert get_args(fields["code_challenge_method"].annotation) == ("S256",)
    assert fields["code_challenge"].is_required()


def test_the_gateways_words_are_among_the_errors_that_can_be_said() -> None:
    assert {"invalid_target", "invalid_request"} <= set(get_args(theirs.AuthorizationErrorCode))
    registration = set(get_args(theirs.RegistrationErrorCode))
    assert {"invalid_redirect_uri", "invalid_client_metadata"} <= registration
