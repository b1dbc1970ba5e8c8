import subprocess
import sys
from pathlib import Path

import pytest

from notion_gateway.settings import (
    CALLBACK_PATH,
    ConfigurationError,
    load_settings,
    require_loopback,
)
from tests.support.figures import Figure


@pytest.fixture(autouse=True)
def _nothing_around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variables and no .env file but the test's own."""
    for name in ("CLIENT_ID", "CLIENT_SECRET", "TOKEN_AUTH_METHOD", "URL", "RETURN_BASE_URL"):
        monkeypatch.delenv(f"NOTION_MCP_{name}", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.promise("seed:variables")
def test_the_seeds_variables_keep_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTION_MCP_CLIENT_ID", "c")
    monkeypatch.setenv("NOTION_MCP_CLIENT_SECRET", "canary")
    callback = "https://api.example.com/integrations/notion/mcp/oauth/callback"
    monkeypatch.setenv("NOTION_MCP_OAUTH_REDIRECT_URI", callback)
    monkeypatch.setenv("NOTION_MCP_RETURN_BASE_URL", "https://app.example.com")
    monkeypatch.setenv("NOTION_MCP_TOKEN_AUTH_METHOD", "client_secret_post")
    monkeypatch.setenv("NOTION_MCP_TOKEN_SCOPE", "default")
    monkeypatch.setenv("NOTION_MCP_STATE_TTL_SECONDS", "300")
    settings = load_settings()
    assert settings.notion_mcp_client_id == "c"
    assert settings.notion_mcp_oauth_redirect_uri == callback
    assert settings.return_base_url == "https://app.example.com"
    assert settings.notion_mcp_token_auth_method == "client_secret_post"
    assert settings.notion_mcp_token_scope == "default"
    assert settings.notion_mcp_state_ttl_seconds == 300
    assert "canary" not in repr(settings)


def test_an_env_file_counts_and_an_empty_value_is_unset(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("NOTION_MCP_CLIENT_ID=\nNOTION_MCP_STATE_TTL_SECONDS=60\n")
    settings = load_settings()
    assert settings.notion_mcp_client_id is None
    assert settings.notion_mcp_state_ttl_seconds == 60


def test_the_return_site_is_the_gateway_where_nothing_else_is_set() -> None:
    assert load_settings().return_base_url == "http://localhost:8000"


@pytest.mark.parametrize(
    "written",
    ["https://gw.example.com", "https://gw.example.com/", "HTTPS://GW.Example.com:443/"],
)
@pytest.mark.parametrize("variable", ["GATEWAY_PUBLIC_URL", "NOTION_MCP_OAUTH_REDIRECT_URI"])
def test_the_public_url_has_one_form_however_it_is_written(
    monkeypatch: pytest.MonkeyPatch, variable: str, written: str
) -> None:
    callback = "/integrations/notion/mcp/oauth/callback"
    value = written.rstrip("/") + callback if variable.startswith("NOTION") else written
    monkeypatch.setenv(variable, value)

    settings = load_settings()

    assert settings.public_url == settings.audience == "https://gw.example.com"


@pytest.mark.parametrize(
    ("written", "hosts"),
    [
        ("gw.example", "gw.example"),
        ("GW.Example, mcp.example", "gw.example,mcp.example"),
        ("gw.example mcp.example:8443", "gw.example,mcp.example:8443"),
        ("https://gw.example/", "gw.example"),
        ("https://gw.example:443", "gw.example"),
        ("https://gw.example:8443", "gw.example:8443"),
        ("[::1] [2001:DB8::0001]:8443 2001:db8::2", "[::1],[2001:db8::1]:8443,[2001:db8::2]"),
        ("10.0.0.7:8000", "10.0.0.7:8000"),
    ],
)
def test_allowed_hosts_are_taken_as_people_write_them(
    monkeypatch: pytest.MonkeyPatch, written: str, hosts: str
) -> None:
    monkeypatch.setenv("GATEWAY_ALLOWED_HOSTS", written)

    assert load_settings().gateway_allowed_hosts == hosts


@pytest.mark.parametrize(
    ("written", "origins"),
    [
        ("https://app.example", "https://app.example"),
        (
            "HTTPS://App.example:443/ http://localhost:3000",
            "https://app.example,http://localhost:3000",
        ),
        ("chrome-extension://abcdefgh/", "chrome-extension://abcdefgh"),
        ("Moz-Extension://8f1c-22", "moz-extension://8f1c-22"),
        ("vscode-webview://*,tauri://localhost", "vscode-webview://*,tauri://localhost"),
    ],
)
def test_allowed_origins_are_taken_as_people_write_them(
    monkeypatch: pytest.MonkeyPatch, written: str, origins: str
) -> None:
    monkeypatch.setenv("GATEWAY_ALLOWED_ORIGINS", written)

    assert load_settings().gateway_allowed_origins == origins


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"NOTION_MCP_CLIENT_SECRET": "canary"}, "needs NOTION_MCP_CLIENT_ID"),
        (
            {"NOTION_MCP_CLIENT_ID": "c", "NOTION_MCP_TOKEN_AUTH_METHOD": "client_secret_post"},
            "needs NOTION_MCP_CLIENT_SECRET",
        ),
        (
            {
                "NOTION_MCP_CLIENT_ID": "c",
                "NOTION_MCP_CLIENT_SECRET": "canary",
                "NOTION_MCP_TOKEN_AUTH_METHOD": "none",
            },
            "unused",
        ),
        ({"NOTION_MCP_TOKEN_AUTH_METHOD": "canary"}, "NOTION_MCP_TOKEN_AUTH_METHOD"),
        ({"NOTION_MCP_URL": "http://mcp.notion.com/mcp"}, "must use https"),
        ({"NOTION_MCP_URL": "ftp://mcp.notion.com/mcp"}, "NOTION_MCP_URL"),
        ({"NOTION_MCP_URL": "https://canary@mcp.notion.com/mcp"}, "NOTION_MCP_URL"),
        ({"NOTION_MCP_URL": "https://10.0.0.7/mcp"}, "private address"),
        ({"NOTION_MCP_RETURN_BASE_URL": "javascript:alert(1)"}, "NOTION_MCP_RETURN_BASE_URL"),
        ({"NOTION_MCP_OAUTH_REDIRECT_URI": "https://gw.example/other"}, "must end in"),
        ({"NOTION_MCP_STATE_TTL_SECONDS": "3600"}, "NOTION_MCP_STATE_TTL_SECONDS"),
    ],
)
def test_settings_that_do_not_go_together_are_refused_by_name_without_values(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], said: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=said) as refused:
        load_settings()
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize(
    "content",
    [b"canary", b"{}", b"[1]", b'[{"name": "a"}]', b"\xff", b"[" * 100_000],
    ids=["no-json", "object", "number", "no-keys", "no-text", "deep"],
)
def test_a_file_that_is_no_list_of_applications_is_refused_by_the_variables_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "applications.json").write_bytes(content)
    monkeypatch.setenv("GATEWAY_APPLICATIONS_FILE", "applications.json")
    with pytest.raises(ConfigurationError, match="GATEWAY_APPLICATIONS_FILE: ") as refused:
        load_settings()
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "gateway.example"])  # noqa: S104
def test_trusted_headers_bind_to_loopback_only(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("GATEWAY_TRUST_HEADERS", "1")
    trusting = load_settings()
    with pytest.raises(ConfigurationError, match="loopback"):
        require_loopback(trusting, host)
    for near in ("127.0.0.1", "::1", "localhost"):
        require_loopback(trusting, near)
    monkeypatch.delenv("GATEWAY_TRUST_HEADERS")
    require_loopback(load_settings(), host)


@pytest.mark.promise("threats:68")
@pytest.mark.parametrize("believing", ["GATEWAY_TRUST_HEADERS", "GATEWAY_LOCAL_SIGN_IN"])
@pytest.mark.parametrize(
    ("name", "value", "is_refused"),
    [
        ("GATEWAY_PUBLIC_URL", "https://gw.example.com", True),
        ("GATEWAY_PUBLIC_URL", "https://localhost.example.com", True),
        ("NOTION_MCP_OAUTH_REDIRECT_URI", f"https://gw.example.com{CALLBACK_PATH}", True),
        ("GATEWAY_ALLOWED_HOSTS", "localhost, gw.example.com", True),
        ("GATEWAY_ALLOWED_HOSTS", "gw.example.com:8443", True),
        ("GATEWAY_PUBLIC_URL", "http://127.0.0.1:9000", False),
        ("GATEWAY_PUBLIC_URL", "https://localhost", False),
        ("GATEWAY_ALLOWED_HOSTS", "localhost:8000, [::1]", False),
    ],
)
def test_who_believes_whoever_calls_has_no_public_name(
    monkeypatch: pytest.MonkeyPatch,
    believing: str,
    name: str,
    value: str,
    is_refused: bool,
    figure: Figure,
) -> None:
    monkeypatch.setenv(name, value)
    require_loopback(load_settings(), "127.0.0.1")  # the control: who proves may have any name
    monkeypatch.setenv(believing, "1")
    if is_refused:
        with pytest.raises(ConfigurationError, match=name) as refused:
            require_loopback(load_settings(), "127.0.0.1")
        assert believing in str(refused.value)
        figure("{} starts behind a public name: {} refused", 1, int(name in str(refused.value)))
    else:
        require_loopback(load_settings(), "127.0.0.1")


def test_the_settings_load_nothing_but_the_kernel() -> None:
    """In a process of its own: here, other tests have loaded everything."""
    asked = "import sys, notion_gateway.settings; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)  # noqa: S603 - our own program
    own = {name for name in ran.stdout.split() if name.startswith("notion_gateway.")}

    allowed = "notion_gateway.kernel", "notion_gateway.settings"
    assert {name for name in own if not name.startswith(allowed)} == set()
