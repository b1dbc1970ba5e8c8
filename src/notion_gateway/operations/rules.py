"""What a look at each part means: fine, worth a word, or broken; and then what to do.

Judges only. ``doctor.py`` does the looking.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from urllib.parse import urlsplit

from notion_gateway.integration.rules.grant_ids import space_of
from notion_gateway.integration.rules.integration import Integration, Status
from notion_gateway.kernel.addresses import address_allowed
from notion_gateway.kernel.json import json_object
from notion_gateway.kernel.outbound.egress import Egress, EgressProxy
from notion_gateway.kernel.outbound.messages import HttpAnswer
from notion_gateway.oauth.metadata import Discovered, ServerMetadata
from notion_gateway.oauth.requests import OAuthClient
from notion_gateway.vault.key_fit import KeyFit

CERTIFICATE_ENDS_SOON = timedelta(days=14)
CLOCK_MAY_DIFFER = timedelta(seconds=30)
CLOCK_IS_WRONG = timedelta(minutes=5)
IDLE_FOR_LONG = timedelta(days=22)
"""A running gateway renews a grant that has been idle for 20 days, within hours."""

_OK = 200
_GROUP, _OTHERS = 0o070, 0o007


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """``hint``: what to do, wherever something is to be done."""

    check: str
    verdict: Verdict
    detail: str
    hint: str | None = None


def fine(check: str, detail: str) -> Finding:
    return Finding(check, Verdict.OK, detail)


def doubtful(check: str, detail: str, hint: str) -> Finding:
    return Finding(check, Verdict.WARNING, detail, hint)


def broken(check: str, detail: str, hint: str) -> Finding:
    return Finding(check, Verdict.FAILED, detail, hint)


# --- the way to Notion --------------------------------------------------------------------


def judge_way(egress: Egress, url: str, variable: str) -> Finding:
    host = urlsplit(url).hostname or ""
    if egress.proxy is None:
        return fine("way", f"{host} is reached directly; no proxy is set.")
    if egress.proxy_for(url) is None:
        return fine(
            "way",
            f"{host} is reached directly, past the proxy that {variable} names: NO_PROXY or"
            " a loopback address says so.",
        )
    return fine("way", f"{host} is reached through the proxy {egress.proxy.url} ({variable}).")


def judge_proxy_addresses(proxy: EgressProxy, found: Sequence[str], host: str) -> Finding:
    """The proxy may be anywhere: the operator named it."""
    told = f"The proxy {proxy.host} is at {', '.join(found)}; it resolves {host} by itself."
    return fine("dns", told)


def judge_addresses(host: str, found: Sequence[str], *, allow_private: bool) -> Finding:
    kept = [one for one in found if address_allowed(host, one, allow_private=allow_private)]
    if kept:
        return fine("dns", f"{host} is at {', '.join(kept)}.")
    return broken(
        "dns",
        f"{host} is at {', '.join(found)} only, and the gateway connects to public addresses.",
        "If that server is meant, set NOTION_MCP_ALLOW_PRIVATE_ADDRESSES=1; otherwise mend DNS.",
    )


def judge_certificate(ends: datetime | None, now: datetime) -> Finding:
    """``ends`` is None for a connection without TLS, which the settings allow on loopback."""
    if ends is None:
        return fine("tls", "Connected without TLS, which is for this machine only.")
    told = f"Connected; the certificate is good until {ends:%Y-%m-%d}."
    if ends - now > CERTIFICATE_ENDS_SOON:
        return fine("tls", told)
    return doubtful("tls", told, "Its owner should renew it; nothing works past that day.")


def judge_clock(answer: HttpAnswer, now: datetime) -> Finding:
    """By the ``Date`` of an answer that has just arrived (RFC 9110 section 6.6.1)."""
    try:
        theirs = parsedate_to_datetime(answer.headers.get("date", ""))
        skew = now - theirs
    except (ValueError, TypeError):
        return fine("clock", "Notion's answer does not say what time it is there.")
    if abs(skew) <= CLOCK_MAY_DIFFER:
        return fine("clock", "This machine and Notion agree on the time.")
    ahead = "ahead of" if skew > timedelta(0) else "behind"
    told = f"This machine's clock is {_roughly(abs(skew))} {ahead} Notion's."
    hint = (
        "Set the clock, best by NTP: with SQLite, tokens expire by it; certificates are checked"
        " against it everywhere."
    )
    verdict = Verdict.FAILED if abs(skew) > CLOCK_IS_WRONG else Verdict.WARNING
    return Finding("clock", verdict, told, hint)


def judge_discovered(notion: Discovered) -> Finding:
    """What ``Discovery`` returned has passed every rule of ``oauth/metadata.py``."""
    return fine("discovery", f"The issuer is {notion.server.issuer}; PKCE with S256.")


def judge_configured(client: OAuthClient, server: ServerMetadata) -> Finding:
    if client.auth_method in server.auth_methods:
        return fine("registration", "The client that NOTION_MCP_CLIENT_ID names is used.")
    return doubtful(
        "registration",
        f"Notion does not list {client.auth_method} among the ways in which a client may"
        f" authenticate ({', '.join(server.auth_methods)}).",
        "Set NOTION_MCP_TOKEN_AUTH_METHOD, or get a fitting client with"
        " `notion-gateway credentials export --force`.",
    )


def judge_document(url: str, answer: HttpAnswer | None) -> Finding:
    """``answer`` is that of a fetch as Notion would make it; None where nothing answered."""
    document = None if answer is None else json_object(answer.body)
    if answer is not None and answer.status == _OK and (document or {}).get("client_id") == url:
        return fine("registration", "Each consent uses a client-id metadata document from here.")
    return doubtful(
        "registration",
        "Each consent would use a client-id metadata document, and this machine cannot fetch one"
        f" from {url}.",
        "Notion must reach that address while the gateway runs. If it cannot, set"
        " NOTION_MCP_CLIENT_REGISTRATION=dynamic.",
    )


def judge_dynamic(server: ServerMetadata) -> Finding:
    if server.registration_endpoint is not None:
        return fine("registration", "Each consent registers a client of its own.")
    return broken(
        "registration",
        "Notion's metadata offers no registration, and no client is configured.",
        "Set NOTION_MCP_CLIENT_ID to a client that Notion knows.",
    )


# --- what is stored -----------------------------------------------------------------------


def judge_folder(folder: str, modes: Mapping[str, int], *, writable: bool) -> Finding:
    """``modes``: permission bits of the folder and of what lies in it, by path."""
    if folder not in modes:
        return doubtful(
            "data_folder",
            f"{folder} does not exist yet.",
            "The first start makes it, or set GATEWAY_DATA_DIR to where the data lies.",
        )
    if not writable:
        return broken(
            "data_folder",
            f"{folder} cannot be written to.",
            "Run the gateway as the folder's owner, or set GATEWAY_DATA_DIR to another one.",
        )
    for bits, who, verdict in (
        (_OTHERS, "every user of this machine", Verdict.FAILED),
        (_GROUP, "its group", Verdict.WARNING),
    ):
        open_files = [path for path, mode in modes.items() if path != folder and mode & bits]
        if open_files:
            told = f"{', '.join(open_files)} can be opened by {who}."
            return Finding("data_folder", verdict, told, f"chmod 600 {' '.join(open_files)}")
    return fine("data_folder", f"{folder} is its owner's alone.")


def judge_secrets(known: Sequence[str], usage: Mapping[str, int], fit: KeyFit) -> Finding:
    """``known``: ids of the keys, newest first. ``usage``: how many secrets each id wraps."""
    if fit.faults:
        lost = {key_id: count for key_id, count in usage.items() if key_id not in known}
        named = ", ".join(f"{count} under {key_id}" for key_id, count in sorted(lost.items()))
        told = "Some secrets do not open." if fit.opened else "No secret that was tried opens."
        if lost:
            told += f" Sealed with keys that are not here: {named}."
        return Finding(
            "secrets",
            Verdict.WARNING if fit.opened else Verdict.FAILED,
            f"{told} {fit.in_words()}",
            "Bring those keys back (docs/scaling.md), or connect the spaces concerned again.",
        )
    older = sum(count for key_id, count in usage.items() if key_id != known[0])
    told = f"{_counted(sum(usage.values()), 'secret')}, each under a key that is here."
    if older:
        told += f" {older} under older ones, which `notion-gateway keys rotate` changes."
    return fine("secrets", told)


def judge_grant(state: Integration, now: datetime, issuer: str | None) -> Finding:
    """Of a space whose secrets open. ``issuer`` is Notion's, where it could be asked."""
    space = space_of(state.grant_id)
    connect = f"notion-gateway connect --space {space}"
    if state.status is Status.RECONNECT_REQUIRED:
        failure = state.last_failure
        when = f" at {failure.at:%Y-%m-%d %H:%M} UTC ({failure.error})" if failure else ""
        return broken("grant", f"Notion ended the connection of {space}{when}.", connect)
    if state.grant is None or state.tokens is None:
        return doubtful("grant", f"{space} is not connected.", connect)
    if issuer is not None and state.grant.issuer != issuer:
        return broken(
            "grant",
            f"The grant of {space} is from {state.grant.issuer}, and NOTION_MCP_URL leads to"
            f" {issuer}: its tokens are never sent there.",
            f"Set NOTION_MCP_URL as it was, or connect again: {connect}",
        )
    if state.refresh_intent is not None:
        return doubtful(
            "grant",
            f"A refresh for {space} was begun, and how it ended is not known.",
            "Nothing, if it is under way; otherwise the next call tries once more. To see:"
            f" notion-gateway status --verify --space {space}",
        )
    if now - state.tokens.issued_at > IDLE_FOR_LONG:
        return doubtful(
            "grant",
            f"The tokens of {space} are from {state.tokens.issued_at:%Y-%m-%d}; Notion lets a"
            " grant lapse after 30 days without use.",
            "Keep a gateway running: it renews what is idle within hours of its start.",
        )
    return fine("grant", f"{space} is connected; its tokens open. {_validity(state, now)}")


def judge_readiness(url: str, answer: HttpAnswer) -> Finding:
    """The answer of ``/readyz``."""
    checks = (json_object(answer.body) or {}).get("checks")
    if not isinstance(checks, dict):
        return broken(
            "gateway",
            f"What answers at {url} is no Notion MCP Gateway (HTTP {answer.status}).",
            "Name another with --gateway or NOTION_GATEWAY_URL, or stop what runs there.",
        )
    amiss = {str(name): str(result) for name, result in checks.items() if result != "ok"}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - any JSON
    if answer.status == _OK and not amiss:
        return fine("gateway", f"The gateway at {url} is ready.")
    if answer.status == _OK:
        return doubtful(
            "gateway",
            f"The gateway at {url} is ready, but for: {', '.join(amiss)}.",
            "Its log says why; the checks above look at the same parts from here.",
        )
    failing = [name for name, result in amiss.items() if result != "warning"]
    return broken(
        "gateway",
        f"The gateway at {url} is not ready: {', '.join(failing)}.",
        "Its log says why; the checks above look at the same parts from here.",
    )


def _validity(state: Integration, now: datetime) -> str:
    assert state.tokens is not None  # noqa: S101 - a connected state has them
    expires_at = state.tokens.expires_at
    if expires_at <= now:
        return "The access token has expired: the next call renews it."
    return f"The access token is good for {_roughly(expires_at - now)}."


def _roughly(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * length:
            return _counted(seconds // length, unit)
    return _counted(seconds, "second")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
