"""Variables that stand for options: one without a value counts as unset."""

import os
from pathlib import Path

import pytest

from notion_gateway.cli import commands
from notion_gateway.cli.front_end import FOLDER_VARIABLE, built_front_end, front_end
from notion_gateway.cli.target import TOKEN_VARIABLE, a_target
from notion_gateway.cli.variables import forget_blank_variables, option_variables
from tests.cli.processes import Cli, free_port


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
