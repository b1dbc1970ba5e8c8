"""Which hosts are addresses, and which of them may be reached."""

import aiohttp
import pytest

from notion_gateway.authorization_server.rules.clients import (
    ClientUnusable,
    is_redirect_uri,
    require_document_address,
)
from notion_gateway.kernel.addresses import (
    address_literal,
    host_allowed,
    is_loopback_name,
    literal_allowed,
)
from notion_gateway.kernel.errors import UpstreamUnreachable
from notion_gateway.kernel.outbound.messages import HttpRequest
from notion_gateway.kernel.outbound.session import http_session
from notion_gateway.kernel.outbound.transport import AiohttpTransport
from notion_gateway.oauth.registration import documents_base

LOOPBACK_SPELLINGS = [
    *("127.1", "2130706433", "0177.0.0.1", "0x7f.1", "0x7f000001", "017700000001", "127.0.0.1."),
    *("0X7F.0.1", "１２７.1", "127。1", "%31%32%37.1"),  # noqa: RUF001 - full-width digits are the point
]
UNSPECIFIED_SPELLINGS = ["0", "0x0", "0.0", "00000"]
LINK_LOCAL_SPELLINGS = ["169.254.43518", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376"]
NO_ADDRESS = ["1.2.3.4.5", "256.1.1.1", "1.2.3.256", "4294967296", "example.1", "a.0x", "08.1.1.1"]
NAMES = ["mcp.notion.com", "1.example", "0x7f.example", "a.b-1", "1a", "xn--bcher-kva.example"]


@pytest.mark.parametrize("host", LOOPBACK_SPELLINGS)
def test_every_spelling_of_loopback_is_loopback(host: str) -> None:
    assert str(address_literal(host)) == "127.0.0.1"
    assert is_loopback_name(host)
    assert is_redirect_uri(f"http://{host}/callback") is host.isascii()


@pytest.mark.parametrize("host", [*UNSPECIFIED_SPELLINGS, *LINK_LOCAL_SPELLINGS, *NO_ADDRESS])
def test_a_number_is_an_address_however_it_is_spelled(host: str) -> None:
    assert not host_allowed(host, allow_private=True)
    assert not literal_allowed(f"https://{host}/mcp", allow_private=True)
    assert not is_loopback_name(host)
    assert documents_base(f"https://{host}/callback") is None


@pytest.mark.parametrize("host", ["10.1", "0xa.1", "167772161", "192.168.257"])
def test_a_private_address_is_private_however_it_is_spelled(host: str) -> None:
    assert not host_allowed(host, allow_private=False)
    assert host_allowed(host, allow_private=True)


@pytest.mark.parametrize("host", NAMES)
def test_a_name_stays_one(host: str) -> None:
    assert address_literal(host) is None
    assert host_allowed(host, allow_private=False)


@pytest.mark.parametrize(
    "host", [*LOOPBACK_SPELLINGS[:6], *UNSPECIFIED_SPELLINGS, *LINK_LOCAL_SPELLINGS, "10.1"]
)
def test_a_client_document_is_not_read_from_a_numeric_host(host: str) -> None:
    with pytest.raises(ClientUnusable):
        require_document_address(f"https://{host}/client.json", allow_local=False)


@pytest.mark.anyio
@pytest.mark.parametrize("host", ["169.254.169.254", "0.0.0.0", "10.0.0.1", "[fe80::1]"])  # noqa: S104
async def test_no_connection_is_made_to_a_literal_that_is_not_allowed(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Aiohttp asks no resolver for a literal, so the check stands where connections are made."""
    reached: list[str] = []

    async def made(self: object, request: aiohttp.ClientRequest, *_: object) -> None:
        reached.append(str(request.url.host))
        raise OSError

    monkeypatch.setattr(aiohttp.TCPConnector, "_create_direct_connection", made)
    async with http_session(allow_private=False) as session:
        with pytest.raises(UpstreamUnreachable):
            await AiohttpTransport(session).send(HttpRequest("GET", f"https://{host}/token"))
        assert reached == []
        with pytest.raises(UpstreamUnreachable):
            await AiohttpTransport(session).send(HttpRequest("GET", "https://1.1.1.1/token"))
    assert reached == ["1.1.1.1"]
