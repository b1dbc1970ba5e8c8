"""What ``start`` adds to the settings: nothing that was set by hand."""

import os
from pathlib import Path

import pytest

from notion_gateway.cli.start import services_of
from notion_gateway.cli.target import login_name
from notion_gateway.settings import load_settings


def _environments(folder: Path, variables: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Of the gateway and of the front end."""
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        for name in (
            "GATEWAY_LOCAL_SIGN_IN",
            "DEMO_SIGN_IN",
            "DEMO_SIGN_IN_NAME",
            *(n for n in os.environ if "OIDC" in n),
        ):
            patched.delenv(name, raising=False)
        for name, value in variables.items():
            patched.setenv(name, value)
        patched.setenv("GATEWAY_DATA_DIR", str(folder))
        gateway, front_end = services_of(load_settings(), folder, 8000, 3000)
    return dict(gateway.environment), dict(front_end.environment)


@pytest.mark.promise("threats:68")
@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "1"),
        ({"GATEWAY_LOCAL_SIGN_IN": "0"}, "0"),
        ({"GATEWAY_LOCAL_SIGN_IN": "1"}, "1"),
        (
            {
                "GATEWAY_OIDC_ISSUER": "https://id.example",
                "GATEWAY_OIDC_AUDIENCE": "https://gw.example",
            },
            None,
        ),
        ({"GATEWAY_PUBLIC_URL": "https://gw.example.com"}, None),
        ({"GATEWAY_ALLOWED_HOSTS": "gw.example.com"}, None),
    ],
)
def test_people_sign_in_by_name_only_where_nothing_else_was_said(
    tmp_path: Path, variables: dict[str, str], expected: str | None
) -> None:
    gateway, _ = _environments(tmp_path, variables)
    assert gateway.get("GATEWAY_LOCAL_SIGN_IN") == expected


def test_what_the_env_file_says_of_it_stays(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("GATEWAY_LOCAL_SIGN_IN=0\n")
    gateway, _ = _environments(tmp_path, {})
    assert "GATEWAY_LOCAL_SIGN_IN" not in gateway  # the gateway reads the same file


def test_the_front_end_sends_files_where_the_gateways_settings_have_notion(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("NOTION_MCP_URL=http://localhost:8010/mcp\n")
    _, front_end = _environments(tmp_path, {})
    assert front_end["NOTION_MCP_URL"] == "http://localhost:8010/mcp"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "1"),
        ({"DEMO_SIGN_IN": " "}, "1"),
        ({"DEMO_SIGN_IN": "0"}, "0"),
        ({"AUTH_OIDC_ISSUER": "https://id.example", "AUTH_OIDC_ID": "ui"}, None),
    ],
)
def test_so_they_do_at_the_front_end(
    tmp_path: Path, variables: dict[str, str], expected: str | None
) -> None:
    _, front_end = _environments(tmp_path, variables)
    assert front_end.get("DEMO_SIGN_IN") == expected


@pytest.mark.parametrize(
    ("variables", "expected"), [({}, login_name()), ({"DEMO_SIGN_IN_NAME": "ada"}, "ada")]
)
def test_the_front_end_suggests_the_name_whose_space_was_made(
    tmp_path: Path, variables: dict[str, str], expected: str
) -> None:
    _, front_end = _environments(tmp_path, variables)
    assert front_end["DEMO_SIGN_IN_NAME"] == expected
