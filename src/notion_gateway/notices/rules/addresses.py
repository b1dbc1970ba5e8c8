"""Which addresses people may have messages sent to."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from notion_gateway.kernel.addresses import host_allowed, is_loopback_name
from notion_gateway.kernel.mail_address import ANY_DOMAIN, domain_of, is_mail_address
from notion_gateway.kernel.outbound.messages import origin_of

MAX_CHARACTERS: Final = 2048
MAILTO: Final = "mailto:"


def mail_address(url: str) -> str | None:
    """What follows ``mailto:`` (RFC 6068); None for an address of the web."""
    is_mail = url[: len(MAILTO)].lower() == MAILTO
    return url[len(MAILTO) :] if is_mail else None


@dataclass(frozen=True, slots=True)
class Allowed:
    """``allow_private``: of addresses of the web. ``mail_domains``: of e-mail, in lower case, with
    ``ANY_DOMAIN`` for any; without one, none is sent.
    """

    allow_private: bool = False
    mail_domains: frozenset[str] = frozenset()

    def refusal(self, url: str) -> str | None:
        """Why nothing is sent there, and what to name instead; None for a suitable address."""
        address = mail_address(url)
        if address is not None:
            return self.refusal_of_mail(address, "name an address that begins with https", MAILTO)
        fault = unsuitable(url, allow_private=self.allow_private)
        if fault is None:
            return None
        return f"The address {fault}: name a public one that begins with https."

    def refusal_of_mail(self, address: str, instead: str, prefix: str = "") -> str | None:
        """The same of an e-mail address; ``instead``: what does without e-mail."""
        if not self.mail_domains:
            return (
                "This gateway sends no e-mail. Its operator would have to set GATEWAY_SMTP_HOST;"
                f" until then, {instead}."
            )
        if not is_mail_address(address):
            return f"That is no e-mail address: name one alone, such as {prefix}ada@example.com."
        if not self.mail_domains & {ANY_DOMAIN, domain_of(address)}:
            named = ", ".join(sorted(self.mail_domains))
            return (
                f"E-mail goes to addresses at {named} alone. Name one of those, or ask the"
                " operator for GATEWAY_SMTP_DOMAINS."
            )
        return None


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
