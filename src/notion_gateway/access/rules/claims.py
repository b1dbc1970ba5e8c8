"""What the claims of a verified token say about its bearer. The signature is checked before.

Rules of RFC 7519 section 4.1, RFC 8725 and, for access tokens, RFC 9068 section 4.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from notion_gateway.access.rules.principal import Means, Once, Principal
from notion_gateway.access.rules.space_events import Role
from notion_gateway.kernel.errors import Unauthenticated
from notion_gateway.kernel.identifiers import is_space_id, is_user_id

MAX_LIFE_SECONDS = 60
CLOCK_SLACK_SECONDS = 5
LONGEST_CALL = timedelta(minutes=15)
"""How long a call may go on that began with a signed principal: that proves one call, and need
not be good any more when the call ends."""

_JTI_CHARACTERS = range(16, 129)

Claims = Mapping[str, Any]


def application_principal(
    claims: Claims, *, application: str, audience: str, now: datetime, asserts_spaces: bool
) -> Principal:
    """The person a trusted application speaks for.

    Raises Unauthenticated and names the claim that is wrong: who signs is a colleague.
    """
    if claims.get("iss") != application:
        raise Unauthenticated("The signed principal's iss is not the application's name.")
    _require_audience(claims, audience)
    issued_at, expires_at = _time(claims, "iat"), _time(claims, "exp")
    if expires_at - issued_at > MAX_LIFE_SECONDS:
        raise Unauthenticated(
            f"The signed principal lives longer than {MAX_LIFE_SECONDS} seconds (exp - iat)."
        )
    _require_in_time(claims, now)
    if issued_at > now.timestamp() + CLOCK_SLACK_SECONDS:
        raise Unauthenticated("The signed principal's iat is in the future: check both clocks.")
    jti = claims.get("jti")
    if not isinstance(jti, str) or len(jti) not in _JTI_CHARACTERS:
        raise Unauthenticated("The signed principal's jti is missing, too short or too long.")
    expiry = _expiry(claims)
    once = hashlib.sha256(f"{application}\n{jti}".encode()).hexdigest()
    return Principal(
        user_id=_user(claims, "sub"),
        means=Means.APPLICATION,
        space_id=_space(claims),
        asserted=_asserted(claims) if asserts_spaces else {},
        once=Once(once, expiry),
        issuer=_sign_in_issuer(claims),
        calls_end_at=expiry + LONGEST_CALL,
    )


def oidc_principal(
    claims: Claims, *, issuer: str, audience: str, user_claim: str, now: datetime
) -> Principal:
    """The person an OpenID issuer's token was given to.

    An e-mail address names somebody only where the issuer says that it verified it. Raises
    Unauthenticated.
    """
    if claims.get("iss") != issuer:
        raise Unauthenticated("The token's iss is not the configured issuer.")
    _require_audience(claims, audience)
    _require_in_time(claims, now)
    return Principal(
        user_id=oidc_user(claims, user_claim),
        means=Means.OIDC,
        issuer=issuer,
        calls_end_at=_expiry(claims),
    )


def oidc_user(claims: Claims, user_claim: str) -> str:
    """Raises Unauthenticated where the claim is missing, malformed or unverified.

    ``"true"``, as text, is what some issuers write for ``true``. The front end judges alike:
    tests/shared/user-claims.json.
    """
    verified = claims.get("email_verified")
    if user_claim == "email" and verified is not True and verified != "true":
        raise Unauthenticated("The token's email is not verified by its issuer.")
    return _user(claims, user_claim)


def _require_audience(claims: Claims, audience: str) -> None:
    given = claims.get("aud")
    audiences = cast("list[object]", given) if isinstance(given, list) else [given]
    if audience not in audiences:
        raise Unauthenticated(f"The token's aud is not {audience}.")


def _require_in_time(claims: Claims, now: datetime) -> None:
    if _time(claims, "exp") <= now.timestamp() - CLOCK_SLACK_SECONDS:
        raise Unauthenticated("The token has expired.")
    if "nbf" in claims and _time(claims, "nbf") > now.timestamp() + CLOCK_SLACK_SECONDS:
        raise Unauthenticated("The token is not valid yet (nbf).")


def _expiry(claims: Claims) -> datetime:
    """From when on the token counts no longer."""
    return datetime.fromtimestamp(_time(claims, "exp") + CLOCK_SLACK_SECONDS, UTC)


def _time(claims: Claims, name: str) -> float:
    value = claims.get(name)
    # bool is an int to Python; 2**37 seconds are the year 6325, within what datetime holds.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 2**37:
        raise Unauthenticated(f"The token's {name} is missing or no time.")
    return float(value)


def _user(claims: Claims, name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not is_user_id(value):
        raise Unauthenticated(f"The token's {name} is missing or malformed.")
    return value


def _space(claims: Claims) -> str | None:
    value = claims.get("space_id")
    if value is not None and (not isinstance(value, str) or not is_space_id(value)):
        raise Unauthenticated("The signed principal's space_id is malformed.")
    return value


def _sign_in_issuer(claims: Claims) -> str | None:
    value = claims.get("sign_in_issuer")
    if value is not None and not isinstance(value, str):
        raise Unauthenticated("The signed principal's sign_in_issuer is no text.")
    return value


def _asserted(claims: Claims) -> Mapping[str, Role]:
    given = claims.get("spaces")
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise Unauthenticated("The signed principal's spaces is no object of space and role.")
    asserted: dict[str, Role] = {}
    for space_id, role in cast("dict[str, object]", given).items():
        if not is_space_id(space_id) or role not in tuple(Role):
            raise Unauthenticated("The signed principal's spaces is no object of space and role.")
        asserted[space_id] = Role(cast("str", role))
    return asserted
