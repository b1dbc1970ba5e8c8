"""Secrets reach the services of ``deploy/compose.yaml`` as files, and no environment has them."""

from collections.abc import Mapping

import pytest

from tests.packaging.compose import SECRETS_THERE, read_compose, secret_files

ALWAYS = {"postgres_password", "database_url", "token_encryption_keys", "application_key"}
NAMED_IN_ENV = {
    "GATEWAY_OIDC_CLIENT_SECRET_FILE": "gateway_oidc_client_secret",
    "AUTH_OIDC_SECRET_FILE": "auth_oidc_secret",
    "MODEL_API_KEY_FILE": "model_api_key",
}
IN_ENV = {"GATEWAY_APPLICATIONS": "x"}
ALL_IN_ENV = {**IN_ENV, **{name: f"./secrets/{one}" for name, one in NAMED_IN_ENV.items()}}


def test_the_files_are_those_of_one_folder_and_those_that_env_names() -> None:
    every = {*ALWAYS, *NAMED_IN_ENV.values()}
    assert secret_files(ALL_IN_ENV) == {one: f"./secrets/{one}" for one in every}
    without = secret_files(IN_ENV)
    assert {one for one in every if without[one] == "/dev/null"} == set(NAMED_IN_ENV.values())


@pytest.mark.parametrize(
    ("in_env", "expected"), [(IN_ENV, ALWAYS), (ALL_IN_ENV, ALWAYS | {*NAMED_IN_ENV.values()})]
)
def test_who_is_told_of_a_file_gets_it(in_env: Mapping[str, str], expected: set[str]) -> None:
    told: set[str] = set()
    for name, service in read_compose(in_env).items():
        paths = {
            value
            for variable, value in service.get("environment", {}).items()
            if variable.endswith("_FILE") and value
        }
        mounted = {SECRETS_THERE + one for one in service.get("secrets", [])}
        assert paths <= mounted, name
        told |= paths
    assert told == {SECRETS_THERE + one for one in expected}


def test_no_variable_holds_a_password_or_a_key_that_has_its_file() -> None:
    for name, service in read_compose(ALL_IN_ENV).items():
        given = service.get("environment", {})
        both = [one for one in given if given.get(f"{one}_FILE") and given[one]]
        assert both == [], name
        held = ("DATABASE_URL", "TOKEN_ENCRYPTION_KEYS", "POSTGRES_PASSWORD")
        assert not {*held, "GATEWAY_APPLICATION_KEY"} & given.keys(), name
