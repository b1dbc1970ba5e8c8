"""Settings about requests: where they are answered, from where, and how many."""

import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from notion_gateway.kernel.own_address import normal_origin
from notion_gateway.settings.group import SettingsGroup
from notion_gateway.settings.hosts_and_origins import host_of, listed, origin_of_page
from notion_gateway.settings.web_address import WebAddress

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class TrafficSettings(SettingsGroup):
    """This gateway's address, the hosts and origins it answers, and its limits."""

    gateway_public_url: WebAddress | None = Field(
        default=None,
        description="Where this gateway is reached from outside, without a path. Default: the"
        " redirect URI's origin.",
    )
    gateway_allowed_hosts: str | None = Field(
        default=None,
        description="Names this gateway answers to besides the public URL's and loopback's,"
        " separated by commas or spaces. One with a port is allowed on that port alone.",
    )
    gateway_allowed_origins: str | None = Field(
        default=None,
        description="Origins whose pages may call, besides the return site's and the gateway's"
        " own, separated by commas or spaces. Extensions and webviews too:"
        " `chrome-extension://<id>`, `vscode-webview://*`.",
    )
    gateway_trusted_proxies: str | None = Field(
        default=None,
        description="Addresses or networks of load balancers whose X-Forwarded-For tells who"
        " calls, separated by commas or spaces.",
    )
    gateway_max_request_bytes: Annotated[int, Field(ge=1024)] = Field(
        default=4 * 1024 * 1024, description="Largest request body that is forwarded."
    )
    gateway_calls_per_minute: Annotated[int, Field(ge=0)] = Field(
        default=1200,
        description="Calls of one person in one space, and requests of one person to the other"
        " routes, per replica; 0 for no limit.",
    )
    gateway_open_calls: Annotated[int, Field(ge=1)] = Field(
        default=256, description="Calls and streams of one person in one space at a time."
    )
    gateway_open_bytes_per_person: Annotated[int, Field(ge=1024)] = Field(
        default=32 * 1024 * 1024,
        description="Bytes of the bodies of one person's calls under way, per replica; never less"
        " than one request may have.",
    )
    gateway_open_bytes: Annotated[int, Field(ge=1024)] = Field(
        default=256 * 1024 * 1024, description="The same of everybody together."
    )
    gateway_failed_logins_per_minute: Annotated[int, Field(ge=1)] = Field(
        default=60,
        description="Refused credentials from one address, and foreign spaces that one person"
        " tries, before they have to wait a minute.",
    )
    gateway_new_clients_per_minute: Annotated[int, Field(ge=1)] = Field(
        default=30,
        description="MCP clients that may register, or be looked up, from one address.",
    )

    @field_validator("gateway_public_url")
    @classmethod
    def _in_normal_form(cls, value: str | None) -> str | None:
        """Made here, once: what stands in metadata and redirects is compared to the letter
        (RFC 8414 section 3.3, RFC 9207 section 2.4, RFC 9728 section 3.3).
        """
        if value is None:
            return None
        if "?" in value or urlsplit(value).path.strip("/"):
            raise ValueError(
                "must have nothing behind its host: the gateway cannot be served below a path."
                " Give it a host name or a port of its own"
            )
        return normal_origin(value)

    @field_validator("gateway_allowed_hosts")
    @classmethod
    def _are_hosts(cls, value: str | None) -> str | None:
        return None if value is None else ",".join(host_of(one) for one in listed(value))

    @field_validator("gateway_allowed_origins")
    @classmethod
    def _are_origins(cls, value: str | None) -> str | None:
        return None if value is None else ",".join(origin_of_page(one) for one in listed(value))

    @field_validator("gateway_trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str | None) -> str | None:
        networks(value)
        return value


def networks(value: str | None) -> list[Network]:
    """Addresses and networks in one list. Raises ValueError."""
    try:
        return [ipaddress.ip_network(one, strict=False) for one in listed(value)]
    except ValueError:
        raise ValueError("no list of addresses and networks, such as 10.0.0.0/8") from None
