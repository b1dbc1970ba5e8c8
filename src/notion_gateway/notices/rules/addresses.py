"""Which addresses people may have messages sent to."""

from typing import Final
from urllib.parse import urlsplit

from notion_gateway.kernel.addresses import host_allowed, is_loopback_name
from notion_gateway.kernel.outbound.messages import origin_of

MAX_CHARACTERS: Final = 2048


def unsuitable(url: str, *, allow_private: bool) -> str | None:
    """Why nothing is sent there, in words that end a sentence; None for a suitable address.

    A name is judged again once it is resolved. Whoever owns a space is not the gateway's
    operator: without ``allow_private`` not even its own machine is theirs to reach.
    """
    try:
        origin_of(url)
        parts = urlsplit(url)
    except ValueError:
        return "is no https address"
    if len(url) > MAX_CHARACTERS or not url.isprintable() or " " in url or parts.fragment:
        return f"has more than {MAX_CHARACTERS} characters, a space, or a fragment"
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        return "must use https"
    host = parts.hostname or ""
    if not allow_private and is_loopback_name(host):
        return "is this machine's own"
    if not host_allowed(host, allow_private=allow_private):
        return "is private, or no public server's"
    return None
