"""Which requests go through the proxy, as NO_PROXY says."""

import pytest
from pydantic import ValidationError

from notion_gateway.kernel.outbound.egress import Egress, egress_proxy
from notion_gateway.settings import Settings

PROXY = egress_proxy("http://proxy.corp:3128")


@pytest.mark.parametrize(
    ("no_proxy", "url", "through"),
    [
        ("", "https://mcp.notion.com/mcp", True),
        ("*", "https://mcp.notion.com/mcp", False),
        ("notion.com", "https://mcp.notion.com/mcp", False),
        (".notion.com", "https://mcp.notion.com/mcp", False),
        ("*.notion.com", "https://mcp.notion.com/mcp", False),
        (" a.example , NOTION.com", "https://MCP.notion.com/mcp", False),
        ("otion.com", "https://mcp.notion.com/mcp", True),
        ("mcp.notion.com:443", "https://mcp.notion.com/mcp", False),
        ("mcp.notion.com:8443", "https://mcp.notion.com/mcp", True),
        ("10.0.0.0/8", "https://10.1.2.3/jwks", False),
        ("10.0.0.0/8", "https://11.1.2.3/jwks", True),
        ("10.1.2.3", "https://10.1.2.3/jwks", False),
        ("fd00::/8", "https://[fd00::1]/jwks", False),
        ("[fd00::1]:443", "https://[fd00::1]/jwks", False),
        ("10.0.0.0/8", "https://ten.example/jwks", True),
        ("", "https://localhost:8010/mcp", False),
        ("", "http://127.0.0.1:8010/mcp", False),
        ("", "https://127.1/mcp", False),
    ],
)
def test_no_proxy_names_what_is_asked_directly(no_proxy: str, url: str, through: bool) -> None:
    assert (Egress(PROXY, no_proxy).proxy_for(url) is not None) is through


def settings(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "GATEWAY_EGRESS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return Settings(_env_file=None)  # pyright: ignore[reportCallIssue]


@pytest.mark.parametrize(
    ("variables", "way"),
    [
        ({}, None),
        ({"HTTPS_PROXY": " "}, None),
        ({"HTTPS_PROXY": "http://proxy.corp:3128"}, "http://proxy.corp:3128"),
        ({"https_proxy": "proxy.corp:3128"}, "http://proxy.corp:3128"),
        ({"HTTPS_PROXY": "https://proxy.corp"}, "https://proxy.corp:443"),
        ({"HTTPS_PROXY": "http://a:b@proxy.corp:1/"}, "http://proxy.corp:1"),
        ({"HTTPS_PROXY": "http://a", "GATEWAY_EGRESS_PROXY": "http://b"}, "http://b:80"),
        ({"HTTPS_PROXY": "http://a", "GATEWAY_EGRESS_PROXY": "direct"}, None),
        ({"HTTPS_PROXY": "http://a", "NO_PROXY": "notion.com"}, None),
    ],
)
def test_environment_and_setting_name_the_proxy(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], way: str | None
) -> None:
    egress = settings(monkeypatch, **variables).egress
    found = egress.proxy_for("https://mcp.notion.com/mcp")

    assert (found and found.url) == way
    assert "b@" not in repr(settings(monkeypatch, **variables))


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "GATEWAY_EGRESS_PROXY"])
@pytest.mark.parametrize(
    "value",
    ["socks5://a:1", "http://", "http://a:x", "http://a/path", "http://a:99999", "https://"],
)
def test_what_is_no_proxy_is_refused_by_its_variables_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(ValidationError, match=name.lower()):
        settings(monkeypatch, **{name: value})
