"""Lists of hosts and of origins, as people write them."""

import re
from typing import Final
from urllib.parse import urlsplit

from notion_gateway.kernel.own_address import DEFAULT_PORTS, normal_host, normal_origin

_SEPARATORS = re.compile(r"[\s,]+")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_PROGRAMS_HOST = re.compile(r"[A-Za-z0-9._~-]+")
ANY_OF_SCHEME: Final = "*"
"""In the place of a host: every origin of that scheme."""


def listed(value: str | None) -> list[str]:
    """The parts of a list that is separated by commas or white space."""
    return [part for part in _SEPARATORS.split(value or "") if part]


def host_of(value: str) -> str:
    """One entry of ``GATEWAY_ALLOWED_HOSTS``, as ``name`` or ``name:port`` in normal form.

    An address with http or https and without a path counts as its host. Raises ValueError,
    which says what is wrong with which entry.
    """
    if "*" in value:
        raise ValueError(
            f"{value} is no name: write each host by itself. A host that anybody may name lets"
            " pages of other sites call this gateway."
        )
    written = value if "://" in value else f"https://{_bracketed(value)}"
    try:
        parts, origin = urlsplit(written), normal_origin(written)
        port = parts.port
    except ValueError:
        raise ValueError(
            f"{value} is no host, such as gateway.example or gateway.example:8443; a name with"
            " other letters than a to z is written as browsers send it, xn--…"
        ) from None
    if parts.path not in ("", "/") or "?" in written or "#" in written:
        raise ValueError(f"{value} has more than a host: leave out what follows it.")
    name = normal_host(urlsplit(origin).hostname or "")
    if port is None or ("://" in value and port == DEFAULT_PORTS[parts.scheme]):
        return name
    return f"{name}:{port}"


def _bracketed(value: str) -> str:
    """An IPv6 address may stand without its brackets."""
    return f"[{value}]" if value.count(":") > 1 and not value.startswith("[") else value


def origin_of_page(value: str) -> str:
    """One entry of ``GATEWAY_ALLOWED_ORIGINS``, as browsers send it in ``Origin``.

    A web page's, a browser extension's or a webview's (``chrome-extension://…``); those two
    may have ``*`` for a host, because some programs make up a new one each time, and no web
    page can have an origin of such a scheme. Raises ValueError, which says what is wrong with
    which entry.
    """
    if value == ANY_OF_SCHEME:
        raise ValueError("* would let every web page call this gateway: name each origin.")
    if value.lower() == "null":
        raise ValueError("null is the origin of any sandboxed page: name an origin of your own.")
    scheme, separator, rest = value.partition("://")
    scheme = scheme.lower()
    if not separator or not _SCHEME.fullmatch(scheme) or scheme == "file":
        raise ValueError(
            f"{value} is no origin, such as https://app.example or chrome-extension://<id>."
        )
    if scheme in DEFAULT_PORTS:
        return _web_origin(value)
    host = rest.removesuffix("/")
    if host != ANY_OF_SCHEME and not _PROGRAMS_HOST.fullmatch(host):
        raise ValueError(f"{value} is no origin: {scheme}://<name>, or {scheme}://* for all.")
    return f"{scheme}://{host}"


def _web_origin(value: str) -> str:
    if "*" in value:
        raise ValueError(f"{value} is no origin: write each one by itself, without *.")
    try:
        parts, origin = urlsplit(value), normal_origin(value)
    except ValueError:
        raise ValueError(
            f"{value} is no origin, such as https://app.example; a name with other letters than"
            " a to z is written as browsers send it, xn--…"
        ) from None
    if parts.path not in ("", "/") or "?" in value or "#" in value:
        raise ValueError(f"{value} has more than an origin: leave out what follows the host.")
    return origin
