"""serve: what cannot work is refused before anything is served, in words."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.cli.serve import introduction
from notion_gateway.settings import ConfigurationError, Settings
from notion_gateway.storage.opening import database_url, redis_url
from notion_gateway.vault.keyring import generate_key
from tests.cli.processes import Cli, gateway
from tests.cli.stored import settings_in
from tests.support.ports import free_port


@pytest.mark.parametrize(
    ("variables", "code", "said"),
    [
        ({"DATABASE_URL": "no address"}, 2, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite+aiosqlite:////nowhere/x.sqlite3"}, 2, "no folder /nowhere"),
        (
            {
                "DATABASE_URL": f"postgresql+asyncpg://u:canary@127.0.0.1:{free_port()}/x",
                "TOKEN_ENCRYPTION_KEYS": generate_key(),
            },
            3,
            "notion-gateway doctor",
        ),
    ],
    ids=["malformed", "no-folder", "refused"],
)
def test_a_database_that_cannot_be_used_ends_in_a_plain_message(
    tmp_path: Path, variables: dict[str, str], code: int, said: str
) -> None:
    cli = Cli(tmp_path, {"GATEWAY_DATA_DIR": str(tmp_path / "data")})

    ran = cli("serve", "--port", str(free_port()), **variables)

    assert ran.code == code, ran.err
    assert said in ran.err
    assert "canary" not in ran.err
    assert "Traceback" not in ran.err
    assert not ran.out


def test_a_file_that_is_no_database_ends_in_a_plain_message(tmp_path: Path) -> None:
    (tmp_path / "gateway.sqlite3").write_text("of something else" * 100)
    (tmp_path / "encryption.key").write_text(generate_key())

    ran = Cli(tmp_path, {"GATEWAY_DATA_DIR": str(tmp_path)})("serve", "--port", str(free_port()))

    assert ran.code == 3
    assert "Error: The gateway's database cannot be used" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("value", ["", " "], ids=["empty", "blank"])
def test_variables_without_a_value_leave_the_defaults_and_the_working_folder_alone(
    tmp_path: Path, value: str
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    unset = dict.fromkeys([name.upper() for name in Settings.model_fields], value)

    with gateway(here, free_port(), XDG_DATA_HOME=str(tmp_path / "user"), **unset):
        stored = {file.name for file in (tmp_path / "user/notion-mcp-gateway").iterdir()}

    assert stored >= {"gateway.sqlite3", "encryption.key"}
    assert [file.name for file in here.iterdir()] == ["gateway.log"]


@pytest.mark.parametrize(
    ("judge", "setting", "value"),
    [
        (database_url, "database_url", "postgresql://u:canary@h/x"),
        (database_url, "database_url", "postgresql+asyncpg://u:canary@h:port/x"),
        (database_url, "database_url", "sqlite:///canary"),
        (redis_url, "redis_url", "h:6379:canary"),
        (redis_url, "redis_url", "redis://:canary@h:port"),
    ],
)
def test_an_address_that_cannot_be_right_names_the_variable_and_is_not_quoted(
    tmp_path: Path, judge: Callable[[Settings], object], setting: str, value: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        judge(settings_in(tmp_path, **{setting: value}))

    assert setting.upper() in str(refused.value)
    assert "canary" not in str(refused.value)


_APPLICATION = '[{"name": "crm", "jwks_url": "https://crm.example/jwks"}]'
_ISSUER = "https://login.example"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ["Only gateway tokens let callers in"]),
        ({"gateway_trust_headers": True}, ["call as any user (GATEWAY_TRUST_HEADERS=1)"]),
        ({"gateway_local_sign_in": True}, ["sign in as any user", "(GATEWAY_LOCAL_SIGN_IN=1)"]),
        (
            {"gateway_oidc_issuer": _ISSUER, "gateway_oidc_client_id": "gateway"},
            [f"People sign in at {_ISSUER}."],
        ),
        (
            {"gateway_oidc_issuer": _ISSUER, "gateway_oidc_audience": "notion"},
            [f"Access tokens of {_ISSUER} for notion are accepted."],
        ),
        ({"gateway_applications": _APPLICATION}, ["Applications that sign for their users: crm."]),
    ],
    ids=["nothing", "headers", "local-sign-in", "sign-in", "access-tokens", "applications"],
)
def test_the_introduction_says_what_lets_callers_in(
    tmp_path: Path, changes: dict[str, Any], said: list[str]
) -> None:
    told = "\n".join(introduction(settings_in(tmp_path, **changes), 8123))

    assert "http://localhost:8123" in told
    assert "notion-gateway tokens create" in told
    everything = [
        "Only gateway tokens",
        "GATEWAY_TRUST_HEADERS",
        "GATEWAY_LOCAL_SIGN_IN",
        "People sign in at",
        "Access tokens of",
        "Applications that sign",
    ]
    assert [one for one in said if one not in told] == []
    meant = [one for one in everything if any(one in part for part in said)]
    assert [one for one in everything if one in told] == meant


def test_the_introduction_names_every_way_in_that_is_set_up(tmp_path: Path) -> None:
    changes = {
        "gateway_oidc_issuer": _ISSUER,
        "gateway_oidc_client_id": "gateway",
        "gateway_oidc_audience": "notion",
        "gateway_oidc_client_secret": "canary-secret",
        "gateway_applications": _APPLICATION,
    }

    told = "\n".join(introduction(settings_in(tmp_path, **changes), 8000))

    for way in ("People sign in at", "Access tokens of", "Applications that sign"):
        assert way in told
    assert "Only" not in told
    assert "canary" not in told
