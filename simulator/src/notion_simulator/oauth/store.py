"""What the authorization server remembers: clients, grants and consents under way."""

from dataclasses import dataclass, field
from uuid import UUID, uuid5

from notion_simulator.oauth import grants
from notion_simulator.oauth.authorization import AuthorizationRequest
from notion_simulator.oauth.clients import Client
from notion_simulator.oauth.grants import Grant, PendingCode
from notion_simulator.oauth.tokens import (
    GRANT_ID_LENGTH,
    digest,
    new_token,
    parse_token,
    random_text,
)
from notion_simulator.settings import SimulatorSettings

USER_NAMESPACE = UUID("6f1e0c3a-51a5-4c0e-9d2b-6f8f6f4b7c11")


@dataclass(frozen=True, slots=True)
class PendingConsent:
    """An authorization request before the user.

    `browser` is the digest of the state cookie: only the browser that started
    may finish. `decision` is the workspace that was chosen, or None until the
    user has decided; `denied` if the answer was no.
    """

    request: AuthorizationRequest
    browser: str
    workspace_id: str | None = None
    denied: bool = False


@dataclass(slots=True)
class OAuthStore:
    """In memory and without locks: every change is made between two awaits."""

    clients: dict[str, Client] = field(default_factory=dict[str, Client])
    grants: dict[str, Grant] = field(default_factory=dict[str, Grant])
    grants_by_consent: dict[tuple[str, str], list[str]] = field(
        default_factory=dict[tuple[str, str], list[str]]
    )
    consents: dict[str, PendingConsent] = field(default_factory=dict[str, PendingConsent])

    def client(self, client_id: str, now: float, settings: SimulatorSettings) -> Client | None:
        """Returns a registered client unless its registration has expired."""
        client = self.clients.get(client_id)
        lifetime = settings.client_lifetime_seconds
        if client is not None and lifetime is not None and now >= client.registered_at + lifetime:
            return None
        return client

    def grant_of(self, token: str) -> tuple[Grant | None, str]:
        """Returns the grant a code or token names, and the token's digest."""
        parsed = parse_token(token)
        if parsed is None:
            return None, digest(token)
        grant = self.grants.get(parsed.grant_id)
        if grant is not None and grant.user_id != parsed.user_id:
            grant = None
        return grant, parsed.digest

    def open_grant(
        self,
        request: AuthorizationRequest,
        person_id: str,
        workspace_id: str,
        now: float,
        settings: SimulatorSettings,
    ) -> str:
        """Stores the grant of a consent and returns its authorization code."""
        user_id = person_id
        if settings.user_id_per_workspace:
            user_id = str(uuid5(USER_NAMESPACE, f"{person_id}/{workspace_id}"))
        client = request.client.id
        if settings.reconsent_revokes_by_redirect and client.startswith("https://"):
            client = f"redirect to {request.redirect_uri}"
        earlier = self.grants_by_consent.setdefault((user_id, client), [])
        if settings.reconsent_revokes_grant:
            self._revoke_earlier(earlier)
        grant_id = random_text(GRANT_ID_LENGTH)
        earlier.append(grant_id)
        code = new_token(user_id, grant_id)
        self.grants[grant_id] = Grant(
            id=grant_id,
            user_id=user_id,
            client_id=request.client.id,
            workspace_id=workspace_id,
            scope=request.scope,
            resource=request.resource,
            created_at=now,
            last_used_at=now,
            code=PendingCode(
                digest=digest(code),
                redirect_uri=request.redirect_uri,
                challenge=request.challenge,
                expires_at=now + settings.authorization_code_lifetime_seconds,
            ),
        )
        return code

    def put(self, grant: Grant) -> None:
        """Stores a grant's new state."""
        self.grants[grant.id] = grant

    def revoke_all(self, reason: str) -> int:
        """Ends every grant that is not ended yet; returns how many that were."""
        open_grants = [grant for grant in self.grants.values() if grant.revoked is None]
        for grant in open_grants:
            self.put(grants.revoke(grant, reason))
        return len(open_grants)

    def expire_access_tokens(self, now: float) -> int:
        """Lets every access token end now; returns how many were still valid."""
        count = 0
        for grant in list(self.grants.values()):
            count += sum(now < token.expires_at for token in grant.access)
            self.put(grants.expire_access_tokens(grant, now))
        return count

    def _revoke_earlier(self, grant_ids: list[str]) -> None:
        # The library revokes when the new code is redeemed or issued, depending
        # on its version; at consent is the stricter of the two for a client.
        for grant_id in grant_ids:
            self.put(grants.revoke(self.grants[grant_id], "replaced_by_new_consent"))
        grant_ids.clear()
