"""Tokens of where a program runs, exchanged for one of a space (RFC 8693)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from notion_gateway.access.rules.workloads import Workload
from notion_gateway.authorization_server.rules.grants import LoginRefused, space_of
from notion_gateway.authorization_server.rules.refusals import Refused
from notion_gateway.authorization_server.rules.token_times import TimeFaults, judge_times
from notion_gateway.authorization_server.rules.why import Why
from notion_gateway.kernel.own_address import OwnAddress

_TYPES: Final = "urn:ietf:params:oauth:token-type:"
ACCESS_TOKEN: Final = f"{_TYPES}access_token"
SUBJECT_TYPES: Final = (f"{_TYPES}jwt", f"{_TYPES}id_token")
TOKEN_LIFETIME: Final = timedelta(minutes=15)
MAX_LIFETIME: Final = timedelta(hours=24)
"""Of a workload's own token. Kubernetes gives out an hour, GitHub some minutes."""
_TIMES: Final = TimeFaults(
    expired=Why.WORKLOAD_EXPIRED,
    not_yet_good=Why.WORKLOAD_NOT_YET_GOOD,
    lives_too_long=Why.WORKLOAD_LIVES_TOO_LONG,
)


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
    return judge_times(claims, now, MAX_LIFETIME, _TIMES)
