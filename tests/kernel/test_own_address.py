"""One normal form of the gateway's address, and which spellings stand for it."""

import pytest

from notion_gateway.kernel.own_address import OwnAddress, normal_origin


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("https://gw.example.com", "https://gw.example.com"),
        ("https://gw.example.com/", "https://gw.example.com"),
        ("https://gw.example.com:443", "https://gw.example.com"),
        ("https://gw.example.com:0443", "https://gw.example.com"),
        ("HTTPS://GW.Example.COM:443/", "https://gw.example.com"),
        ("https://gw.example.com:8443", "https://gw.example.com:8443"),
        ("http://LOCALHOST:80", "http://localhost"),
        ("https://localhost:80", "https://localhost:80"),
        ("http://[0:0:0:0:0:0:0:1]:8000", "http://[::1]:8000"),
        ("https://[2001:DB8::0001]", "https://[2001:db8::1]"),
    ],
)
def test_an_origin_has_one_normal_form(written: str, normal: str) -> None:
    assert normal_origin(written) == normal
    assert normal_origin(normal) == normal


@pytest.mark.parametrize(
    "written",
    [
        "",
        "gw.example.com",
        "ftp://gw.example.com",
        "https://",
        "https://me@gw.example.com",
        "https://gw.example.com.",
        "https://gw..example.com",
        "https://b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example",
        "https://gw.example.com:0",
        "https://gw.example.com:65536",
        "https://gw.example.com:x",
        "https://127.1",
        "https://2130706433",
        "https://[::1",
        "https://*.example.com",
    ],
)
def test_what_no_browser_sends_has_none(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        normal_origin(written)


def test_a_public_address_is_called_by_its_own_names_and_ports_only() -> None:
    own = OwnAddress("https://gw.example:8443", ["mcp.example", "other.example:9443"])

    for host, called in {
        "gw.example:8443": "https://gw.example:8443",
        "GW.example:8443": "https://gw.example:8443",
        "mcp.example": "https://mcp.example",
        "mcp.example:443": "https://mcp.example",
        "mcp.example:8443": "https://mcp.example:8443",
        "other.example:9443": "https://other.example:9443",
    }.items():
        assert own.as_called(host) == called
    for host in (
        "gw.example",
        "gw.example:9000",
        "mcp.example:9000",
        "other.example",
        "127.0.0.1:8443",
        "localhost:8443",
        "evil.example",
        "gw.example:8443/",
        "me@gw.example:8443",
        "",
    ):
        assert own.as_called(host) == own.url, host


def test_a_loopback_address_is_every_name_of_this_machine_on_that_port() -> None:
    own = OwnAddress("http://localhost:8000")

    for host in ("localhost:8000", "127.0.0.1:8000", "[::1]:8000"):
        assert own.as_called(host) == f"http://{host}"
    for host in ("localhost", "127.0.0.1:8001", "gw.example:8000"):
        assert own.as_called(host) == own.url
