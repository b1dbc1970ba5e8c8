"""The type of settings that hold a web address."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from notion_gateway.kernel.addresses import is_loopback_name
from notion_gateway.kernel.own_address import normal_origin


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        normal_origin(value)
    except ValueError:
        raise ValueError(
            "not an http or https address; a host with other letters than a to z is written as"
            " browsers send it, xn--…"
        ) from None
    if parts.scheme not in ("http", "https") or parts.fragment:
        raise ValueError("not an http or https address without a fragment")
    if parts.scheme == "http" and not is_loopback_name(parts.hostname or ""):
        raise ValueError("must use https; plain http is for loopback addresses only")
    return value


WebAddress = Annotated[str, AfterValidator(_web_address)]
"""https, or http for loopback: anything else shows tokens or codes to the network."""
