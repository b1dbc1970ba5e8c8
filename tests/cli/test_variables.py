"""Variables that stand for options: one without a value counts as unset."""

import os
from pathlib import Path

import pytest

from notion_gateway.cli.front_end import built_front_end, front_end
from notion_gateway.cli.program import commands
from notion_gateway.cli.target import TOKEN_VARIABLE, a_target
from notion_gateway.cli.variables import (
    FOLDER_VARIABLE,
    forget_blank_variables,
    misspelt,
    option_variables,
)
from notion_gateway.settings import Settings
from tests.cli.processes import Cli, answers, eventually
from tests.support.ports import free_port


@pytest.mark.parametrize("value", ["", " \t "], ids=["empty", "blank"])
@pytest.mark.parametrize("name", sorted(option_variables(commands)))
def test_an_options_variable_without_a_value_counts_as_unset(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    forget_blank_variables(commands)

    assert name not in os.environ


@pytest.mark.parametrize("value", ["", " \t "], ids=["empty", "blank"])
def test_so_do_the_token_and_the_front_ends_folder(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, value)
    monkeypatch.setenv(FOLDER_VARIABLE, value)

    assert a_target("https://gateway.example", "demo", "mona").token is None
    assert built_front_end() is None


@pytest.mark.parametrize("value", ["", " \t "], ids=["empty", "blank"])
def test_the_front_end_signs_in_by_name_where_the_issuer_has_no_value(
    tmp_path: Path, value: str
) -> None:
    started = front_end(
        tmp_path,
        data=tmp_path,
        gateway_url="http://localhost:8000",
        port=3000,
        environment={"AUTH_OIDC_ISSUER": value},
        log_file=tmp_path / "front-end.log",
    )

    assert started.environment["DEMO_SIGN_IN"] == "1"


@pytest.mark.parametrize("value", ["", " "], ids=["empty", "blank"])
def test_a_command_runs_where_every_variable_is_without_a_value(tmp_path: Path, value: str) -> None:
    unset = dict.fromkeys([*option_variables(commands), TOKEN_VARIABLE, FOLDER_VARIABLE], value)

    ran = Cli(tmp_path, unset)("status", "--gateway", f"http://localhost:{free_port()}")

    assert ran.code == 1, ran.err
    assert "No gateway answers" in ran.err


def test_the_env_file_speaks_for_the_options_too(tmp_path: Path) -> None:
    elsewhere, nearer = free_port(), free_port()
    (tmp_path / ".env").write_text(f"NOTION_GATEWAY_URL=http://localhost:{elsewhere}\n")

    assert str(elsewhere) in Cli(tmp_path, {})("status").err
    told = Cli(tmp_path, {"NOTION_GATEWAY_URL": f"http://localhost:{nearer}"})("status")
    assert str(nearer) in told.err
    assert str(elsewhere) in Cli(tmp_path, {"NOTION_GATEWAY_URL": " "})("status").err
    given = Cli(tmp_path, {})("status", "--gateway", f"http://localhost:{nearer}")
    assert str(nearer) in given.err


def test_serve_takes_its_port_from_the_env_file(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / ".env").write_text(f"GATEWAY_PORT={port}\nGATEWAY_DATA_DIR=~/gw\n")
    cli = Cli(tmp_path, {"HOME": str(tmp_path / "home")})

    with cli.started("serve"):
        eventually(lambda: answers(f"http://localhost:{port}/livez"), "it serves there")

    assert (tmp_path / "home/gw/gateway.sqlite3").exists()
    assert sorted(one.name for one in tmp_path.iterdir()) == [".env", "home"]


def test_an_env_file_that_is_no_text_is_a_sentence_for_every_command(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("GATEWAY_AUDIENCE=bücher".encode("latin-1"))

    for command in ("status", "serve", "keys list"):
        ran = Cli(tmp_path, {})(*command.split())
        assert (ran.code, ran.out) == (2, ""), ran.err
        assert "save it as UTF-8" in ran.err
        assert "Traceback" not in ran.err
    assert Cli(tmp_path, {})("--help").code == 0


KNOWN = {
    *(name.upper() for name in Settings.model_fields),
    *option_variables(commands),
    TOKEN_VARIABLE,
    FOLDER_VARIABLE,
}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("GATEWAY_PUBLIC_URI", "GATEWAY_PUBLIC_URL"),
        ("GATEWAY_ALLOWED_HOST", "GATEWAY_ALLOWED_HOSTS"),
        ("GATEWAY_TRUSTHEADERS", "GATEWAY_TRUST_HEADERS"),
        ("NOTION_MCP_CLIENTID", "NOTION_MCP_CLIENT_ID"),
        ("notion_mcp_ulr", "NOTION_MCP_URL"),
        ("NOTION_GATEWAY_TOEKN", TOKEN_VARIABLE),
        ("GATEWAY_SOMETHING_ELSE", None),
    ],
)
def test_a_name_that_nothing_reads_is_told_with_the_one_that_may_be_meant(
    name: str, meant: str | None
) -> None:
    (said,) = misspelt([name], KNOWN)

    assert said.startswith(f"{name} is not a setting, and is ignored.")
    assert said.endswith(f" Is {meant} meant?" if meant else " has every name.")


def test_names_that_are_known_or_of_others_are_not_told() -> None:
    others = ["PATH", "GATEWAYS", "NOTION_SIMULATOR_ROTATION", "NOTION_API_KEY", "MY_GATEWAY_URL"]
    cluster = ["GATEWAY_SERVICE_HOST", "GATEWAY_PORT_8000_TCP_ADDR", "NOTION_GATEWAY_SERVICE_PORT"]

    assert misspelt([*KNOWN, *others, *cluster, "gateway_audience"], KNOWN) == []


def test_serve_and_doctor_tell_them(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("GATEWAY_PUBLIC_URI=https://gw.example\n")
    cli = Cli(tmp_path, {"GATEWAY_DATA_DIR": str(tmp_path / "data"), "GATEWAY_TRUST_HEADRES": "1"})

    port = str(free_port())
    served = cli("serve", "--port", port, DATABASE_URL="sqlite+aiosqlite:////nowhere/x.sqlite3")
    examined = cli("doctor", "--json", NOTION_MCP_URL=f"http://localhost:{free_port()}/mcp")

    for said in (served.err, examined.out):
        assert "GATEWAY_PUBLIC_URI is not a setting, and is ignored. Is GATEWAY_PUBLIC_URL" in said
        assert "GATEWAY_TRUST_HEADRES is not a setting" in said
