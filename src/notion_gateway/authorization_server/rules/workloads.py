"""Tokens of where a program runs, exchanged for one of a space (RFC 8693)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from notion_gateway.access.rules.workloads import Workload
from notion_gateway.authorization_server.rules.grants import LoginRefused, space_of
from notion_gateway.authorization_server.rules.machines import SKEW, seconds_of
from notion_gateway.authorization_server.rules.refusals import Refused, Why
from notion_gateway.kernel.own_address import OwnAddress

_TYPES: Final = "urn:ietf:params:oauth:token-type:"
ACCESS_TOKEN: Final = f"{_TYPES}access_token"
SUBJECT_TYPES: Final = (f"{_TYPES}jwt", f"{_TYPES}id_token")
TOKEN_LIFETIME: Final = timedelta(minutes=15)
MAX_LIFETIME: Final = timedelta(hours=24)
"""Of a workload's own token. Kubernetes gives out an hour, GitHub some minutes."""


def space_of_exchange(sent: Mapping[str, str], own: OwnAddress) -> str:
    """Which space a token is asked for. Raises Refused for a request of another form."""
    if "subject_token" not in sent:
        raise Refused(Why.WORKLOAD_TOKEN_MISSING)
    if sent.get("subject_token_type") not in SUBJECT_TYPES:
        raise Refused(Why.WORKLOAD_TOKEN_KIND)
    if "actor_token" in sent or "actor_token_type" in sent:
        raise Refused(Why.WORKLOAD_ACTOR)
    if sent.get("requested_token_type", ACCESS_TOKEN) != ACCESS_TOKEN:
        raise Refused(Why.WORKLOAD_WANTS_ANOTHER_TOKEN)
    try:
        return space_of(sent.get("resource"), own)
    except LoginRefused:
        raise Refused(Why.WORKLOAD_RESOURCE) from None


def judge_workload(claims: Mapping[str, Any], workload: Workload, now: datetime) -> Why | None:
    """Why a token with a good signature is not this workload's; None where it is. It may be used
    again while it lives: a pod has one for an hour.
    """
    if claims.get("iss") != workload.issuer:
        return Why.WORKLOAD_UNKNOWN
    if claims.get("aud") not in (workload.audience, [workload.audience]):
        return Why.WORKLOAD_AUDIENCE
    subject: object = claims.get("sub")
    if not isinstance(subject, str) or not workload.fits(subject):
        return Why.WORKLOAD_SUBJECT
    if "cnf" in claims:
        return Why.WORKLOAD_BOUND_TO_KEY
    expires_at, issued_at = seconds_of(claims, "exp"), seconds_of(claims, "iat")
    moment, skew = now.timestamp(), SKEW.total_seconds()
    if expires_at is None or moment >= expires_at + skew:
        return Why.WORKLOAD_EXPIRED
    for name in ("iat", "nbf"):
        value = seconds_of(claims, name)
        if name in claims and (value is None or value > moment + skew):
            return Why.WORKLOAD_NOT_YET_GOOD
    begun = moment if issued_at is None else issued_at
    return (
        Why.WORKLOAD_LIVES_TOO_LONG if expires_at - begun > MAX_LIFETIME.total_seconds() else None
    )
