"""Secrets in files: for every setting that holds one, and never shown."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from notion_gateway.settings import ConfigurationError, Settings, load_settings
from notion_gateway.settings.secret_files import is_secret
from tests.cli.processes import Cli
from tests.support.ports import free_port

CANARY = "canary"
SECRETS = sorted(name for name, field in Settings.model_fields.items() if is_secret(field))
GOOD = {
    "gateway_egress_proxy": f"http://user:{CANARY}@127.0.0.1:3128",
    "gateway_webhook_secret": f"whsec_{CANARY * 8}",
    "https_proxy": f"http://user:{CANARY}@127.0.0.1:3128",
}
NEEDS = {
    "gateway_smtp_password": {
        "GATEWAY_SMTP_HOST": "mail.example",
        "GATEWAY_SMTP_FROM": "notion@mail.example",
        "GATEWAY_SMTP_USER": "gateway",
    },
    "gateway_webhook_secret": {"GATEWAY_WEBHOOK_URL": "https://hooks.example/notion"},
    "notion_mcp_client_secret": {"NOTION_MCP_CLIENT_ID": "client"},
    "gateway_oidc_client_secret": {
        "GATEWAY_OIDC_ISSUER": "https://issuer.example",
        "GATEWAY_OIDC_CLIENT_ID": "client",
    },
}

for_every_secret = pytest.mark.parametrize("name", SECRETS)


@pytest.fixture(autouse=True)
def _nothing_around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(f"{name.upper()}_FILE", raising=False)
    monkeypatch.chdir(tmp_path)


def refusal() -> str:
    with pytest.raises(ConfigurationError) as refused:
        load_settings()
    return str(refused.value)


def value_of(settings: Settings, name: str) -> str:
    value: SecretStr | str = getattr(settings, name)
    return value if isinstance(value, str) else value.get_secret_value()


def test_whatever_may_hold_a_secret_is_one() -> None:
    assert SECRETS == [
        "database_url",
        "gateway_egress_proxy",
        "gateway_oidc_client_secret",
        "gateway_smtp_password",
        "gateway_webhook_secret",
        "https_proxy",
        "notion_mcp_client_secret",
        "redis_url",
        "token_encryption_keys",
    ]


@for_every_secret
@pytest.mark.parametrize("place", ["environment", ".env"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_secret_is_read_from_its_file_without_the_line_break_at_its_end(
    monkeypatch: pytest.MonkeyPatch, name: str, place: str, end: str
) -> None:
    secret = GOOD.get(name, f" {CANARY}")
    Path("secret").write_bytes((secret + end).encode())
    for variable, value in NEEDS.get(name, {}).items():
        monkeypatch.setenv(variable, value)
    if place == ".env":
        Path(".env").write_text(f"{name.upper()}_FILE=secret\n")
    else:
        monkeypatch.setenv(f"{name.upper()}_FILE", "secret")

    settings = load_settings()

    assert value_of(settings, name) == secret
    assert CANARY not in repr(settings)


@for_every_secret
def test_what_cannot_be_read_is_refused_by_the_variables_name_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    variable = f"{name.upper()}_FILE"
    (tmp_path / "empty").write_text(" \n")
    (tmp_path / "binary").write_bytes(CANARY.encode() + b"\xff\n")
    (tmp_path / "large").write_bytes(CANARY.encode() * 200_000)
    said = {
        f"nowhere/{CANARY}": "No such file",
        str(tmp_path): "Is a directory",
        str(tmp_path / "empty"): f"Write the value of {name.upper()} into it",
        str(tmp_path / "binary"): "no UTF-8 text",
        str(tmp_path / "large"): "more than a mebibyte",
        f"~nobody-{CANARY}/secret": "no path",
        f"postgresql+asyncpg://user:{CANARY}@db.example/gateway": "No such file",
    }
    for path, words in said.items():
        monkeypatch.setenv(variable, path)
        told = refusal()
        assert told.startswith(f"{variable} "), told
        assert words in told
        assert CANARY not in told
        assert "\n" not in told


@for_every_secret
def test_a_secret_that_is_given_twice_in_one_place_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    Path("secret").write_text(CANARY)
    monkeypatch.setenv(name.upper(), CANARY)
    monkeypatch.setenv(f"{name.upper()}_FILE", "secret")

    told = refusal()

    assert f"{name.upper()} and {name.upper()}_FILE are both set" in told
    assert "unset one of them" in told
    assert CANARY not in told


def test_the_environment_wins_over_the_env_file_in_either_form(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("secret").write_text("from a file")
    Path(".env").write_text("DATABASE_URL_FILE=nowhere\nREDIS_URL=from .env\n")
    monkeypatch.setenv("DATABASE_URL", "from the environment")
    monkeypatch.setenv("REDIS_URL_FILE", "secret")

    settings = load_settings()

    assert value_of(settings, "database_url") == "from the environment"
    assert value_of(settings, "redis_url") == "from a file"


def test_every_file_that_is_wrong_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.setenv(f"{name.upper()}_FILE", "nowhere")

    assert {line.split()[0] for line in refusal().splitlines()} == {
        f"{name.upper()}_FILE" for name in SECRETS
    }


@pytest.mark.parametrize("command", [("status",), ("tools", "list")], ids=" ".join)
def test_a_gateway_token_is_read_from_its_file_and_a_missing_one_is_said(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    cli, gateway = Cli(tmp_path, {}), f"http://localhost:{free_port()}"
    (tmp_path / "token").write_text("ngt_canary\n")

    read = cli(*command, "--gateway", gateway, NOTION_GATEWAY_TOKEN_FILE="token")
    missing = cli(*command, "--gateway", gateway, NOTION_GATEWAY_TOKEN_FILE="nowhere")

    assert "No gateway answers" in read.err
    assert missing.code == 2
    assert missing.err.count("NOTION_GATEWAY_TOKEN_FILE names a file that cannot be read") == 1
