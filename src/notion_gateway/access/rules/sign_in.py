"""A person in a browser: how they sign in, and what the gateway remembers of it there."""

import base64
import hashlib
import hmac
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from pydantic import AwareDatetime, BaseModel, ConfigDict

from notion_gateway.access.rules.claims import CLOCK_SLACK_SECONDS
from notion_gateway.kernel.errors import InvalidRequest, Unauthenticated
from notion_gateway.kernel.identifiers import is_identifier, is_space_id
from notion_gateway.kernel.secret import Secret

SESSION_LIFETIME = timedelta(hours=12)
OFFLINE_ACCESS = "offline_access"
"""The scope for a refresh token (OpenID Connect Core 1.0 section 11)."""
SIGN_IN_LIFETIME = timedelta(minutes=10)
TOLD_WITHIN = timedelta(minutes=5)
"""How old an ID token may be that an application tells a sign-in with: an older one may list groups
that somebody is in no more."""

START_AGAIN_PATH = "/sign-in?start_again=true"
"""Where somebody ends whose ``next`` does not fit into a cookie, of which browsers keep 4096
bytes: they are signed in, so that the program's next try goes through at once."""
_MAX_KEPT_PATH = 2400

APPROVAL_PATH = "/oauth/consent"
CONNECT_PATH = "/connect/"
CONNECT_OWN = "/mine"
"""After a space's name there: for the person's own connection in it."""
DEVICE_PATH = "/oauth/device"
_CODE_CHARACTERS = 12
_CONSENT = re.compile(re.escape(APPROVAL_PATH) + r"\?request=[A-Za-z0-9_-]+")
_DEVICE = re.compile(re.escape(DEVICE_PATH) + r"(\?user_code=[A-Za-z-]{1,20})?")


class ScopeRefused(Unauthenticated):
    """The issuer did not sign you in: it refuses a scope that it was asked for.

    ``of_everybody``: to its client, and not to this person alone.
    """

    def __init__(self, *, of_everybody: bool) -> None:
        super().__init__("The issuer did not sign you in: it refuses a scope.")
        self.of_everybody = of_everybody


@dataclass(frozen=True, slots=True)
class OpenIdConfiguration:
    """What an OpenID issuer says about itself. ``sends_iss``: whether its redirects name it
    (RFC 9207). ``userinfo_endpoint`` is None where there is none. ``scopes``: those that it names.
    """

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    takes_basic: bool
    sends_iss: bool
    scopes: frozenset[str] = frozenset()


class Session(BaseModel):
    """Sealed into a cookie: the gateway keeps no table of who is signed in.

    ``key`` is random and known to nobody but the gateway; what a form of this session must
    carry is made from it. ``issuer``: where they signed in; None for a name that was believed.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    user_id: str
    key: str
    expires_at: AwareDatetime
    issuer: str | None = None

    def __repr__(self) -> str:
        return f"Session(user_id={self.user_id!r})"

    __str__ = __repr__

    def proof(self, about: str) -> str:
        """What a form about one thing must carry: another site cannot know it."""
        return hmac.digest(self.key.encode(), about.encode(), "sha256").hex()

    def accepts(self, proof: str, about: str) -> bool:
        return hmac.compare_digest(proof.encode(), self.proof(about).encode())


class PendingSignIn(BaseModel):
    """Sealed into a cookie on the way to the issuer, and read on the way back: anybody may begin
    to sign in, so it leaves no row behind. It ends in the browser that began it, because no
    other one has the cookie, and once, because the issuer takes a code once.

    ``next_path`` of None: to the page that says who is signed in. ``wants_refresh_token``: the
    issuer was asked for one, which it may refuse. ``again``: to ask who they are whoever is signed
    in there.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    state: str
    nonce: str
    code_verifier: str
    next_path: str | None
    expires_at: AwareDatetime
    wants_refresh_token: bool = False
    again: bool = False

    def __repr__(self) -> str:
        return "PendingSignIn(…)"

    __str__ = __repr__

    def is_of(self, state: str) -> bool:
        return hmac.compare_digest(state.encode(), self.state.encode())


def next_path(value: str | None) -> str | None:
    """Where to go on after signing in: one of the gateway's own pages, or nowhere.

    The closed list keeps a link to the sign-in page from leading anywhere else.
    """
    if value is None:
        return None
    if _CONSENT.fullmatch(value) or _DEVICE.fullmatch(value):
        return value
    space_id = value.removeprefix(CONNECT_PATH).removesuffix(CONNECT_OWN)
    return value if value.startswith(CONNECT_PATH) and is_space_id(space_id) else None


def kept_path(path: str | None) -> str | None:
    """A ``next_path`` as it is kept during a sign-in at the issuer."""
    return path if path is None or len(path) <= _MAX_KEPT_PATH else START_AGAIN_PATH


def connect_code(space_id: str) -> str:
    """A space's short name in links, 60 bits of its id's SHA-256 in base 32. Clients strike the
    words of their server's address, the space's id among them, out of what they show.
    """
    digest = hashlib.sha256(b"connect\n" + space_id.encode()).digest()
    return base64.b32encode(digest).decode().lower()[:_CODE_CHARACTERS]


def connect_path(space_id: str, *, is_own: bool = False) -> str:
    """The page that connects a space, as it is given to MCP clients' people; or their own Notion in
    it.
    """
    return CONNECT_PATH + connect_code(space_id) + (CONNECT_OWN if is_own else "")


def local_user(name: str) -> str:
    """Raises Unauthenticated where the name cannot be a user's."""
    if not is_identifier(name):
        raise Unauthenticated("A name has letters, digits and . _ : @ | + ~ - only.")
    return name


def scope_for(user_claim: str) -> str:
    """What is asked of the issuer, so that it tells the claim (OpenID Connect Core 1.0 section
    5.4).
    """
    return {"sub": "openid", "email": "openid email"}.get(user_claim, "openid profile email")


def is_told(claims: Mapping[str, object], user_claim: str) -> bool:
    """Whether they say enough of the person; issuers that keep to section 5.4 say more at
    userinfo only.
    """
    return user_claim in claims and (user_claim != "email" or "email_verified" in claims)


def with_userinfo(
    claims: Mapping[str, object], userinfo: Mapping[str, object]
) -> Mapping[str, object]:
    """An ID token's claims, and what it left out. Raises Unauthenticated where userinfo speaks
    about somebody else (section 5.3.2).

    An address and whether it is verified come from one place, so that neither vouches for the
    other's.
    """
    if userinfo.get("sub") != claims.get("sub"):
        raise Unauthenticated("The issuer spoke of two different people.")
    proven = dict(claims)
    if "email" not in userinfo or "email_verified" not in userinfo:
        userinfo = {k: v for k, v in userinfo.items() if not k.startswith("email")}
    else:
        proven = {k: v for k, v in proven.items() if not k.startswith("email")}
    return {**userinfo, **proven}


def require_redirect(query: Mapping[str, str], issuer: str, *, sends_iss: bool) -> Secret:
    """The issuer's code. Raises Unauthenticated; ``iss`` is looked at first (RFC 9207)."""
    given = query.get("iss")
    if given != issuer and (given is not None or sends_iss):
        raise Unauthenticated("The answer did not come from the issuer that was asked.")
    if query.get("error") == "invalid_scope":
        raise ScopeRefused(of_everybody=True)
    if "error" in query or not query.get("code"):
        raise Unauthenticated("The issuer did not sign you in.")
    return Secret(query["code"])


def require_nonce(claims: Mapping[str, object], pending: PendingSignIn, client_id: str) -> None:
    """OpenID Connect Core 1.0 section 3.1.3.7. Raises Unauthenticated."""
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(
        nonce.encode(), pending.nonce.encode()
    ):
        raise Unauthenticated("The ID token belongs to another sign-in.")
    if claims.get("azp", client_id) != client_id:
        raise Unauthenticated("The ID token was made for another client.")


def require_same_person(claims: Mapping[str, object], subject: str, client_id: str) -> None:
    """Of an ID token that came for a refresh token (OpenID Connect Core 1.0 section 12.2). Raises
    Unauthenticated.
    """
    if claims.get("sub") != subject:
        raise Unauthenticated("The issuer spoke of two different people.")
    if claims.get("azp", client_id) != client_id:
        raise Unauthenticated("The ID token was made for another client.")


def require_recent(claims: Mapping[str, object], now: datetime) -> None:
    """Raises InvalidRequest for an ID token of a sign-in that was not just now."""
    issued_at = claims.get("iat")
    if isinstance(issued_at, bool) or not isinstance(issued_at, int | float):
        raise InvalidRequest("The ID token does not say when it was issued (iat).")
    age = now.timestamp() - issued_at
    if not -CLOCK_SLACK_SECONDS <= age <= TOLD_WITHIN.total_seconds():
        raise InvalidRequest("The ID token was not issued just now (iat): check both clocks.")


def client_named(claims: Mapping[str, object], clients: Collection[str]) -> str | None:
    """Which of an issuer's ``clients`` an ID token was made for (OpenID Connect Core 1.0 section
    3.1.3.7); None for none of them.
    """
    given = claims.get("aud")
    audiences = cast("list[object]", given) if isinstance(given, list) else [given]
    found = next((one for one in audiences if isinstance(one, str) and one in clients), None)
    return found if claims.get("azp", found) == found else None
