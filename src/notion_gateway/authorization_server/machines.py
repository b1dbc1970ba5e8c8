"""Programs that nobody logs in: made by an owner of a space, proven by a secret or a key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, final
from urllib.parse import urlsplit

import structlog
from cachetools import LRUCache

from notion_gateway.access.gateway_tokens import TokenWish, require_sensible
from notion_gateway.access.jwt import (
    CLIENT_ASSERTION_TYPES,
    OIDC_ALGORITHMS,
    FixedKeys,
    JwtVerifier,
    KeySetError,
    RemoteKeys,
    read_key_set,
)
from notion_gateway.access.rate_limiter import RateLimiter
from notion_gateway.access.rules.gateway_tokens import (
    RANDOM_BYTES,
    token_of,
)
from notion_gateway.access.rules.principal import Principal
from notion_gateway.authorization_server.client_assertions import ClientAssertions
from notion_gateway.authorization_server.client_tokens import IssuedTokens
from notion_gateway.authorization_server.machine_store import MachineStore
from notion_gateway.authorization_server.machine_tokens import token_for
from notion_gateway.authorization_server.rules.grants import is_address_of
from notion_gateway.authorization_server.rules.machines import (
    ASSERTION_TYPE,
    ID_PREFIX,
    SECRET_PREFIX,
    TOKEN_LIFETIME,
    Machine,
    MachineAuth,
    judge_machine,
)
from notion_gateway.authorization_server.rules.refusals import AskedTooOften, Refused, refused_about
from notion_gateway.authorization_server.rules.why import Why
from notion_gateway.authorization_server.signed_tokens import CLIENT_ASSERTION, issuer_named
from notion_gateway.kernel.addresses import is_loopback_name, literal_allowed
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import InvalidRequest
from notion_gateway.kernel.outbound.messages import HttpTransport
from notion_gateway.kernel.own_address import OwnAddress
from notion_gateway.kernel.randomness import random_bytes, random_identifier
from notion_gateway.kernel.secret import Secret

log = structlog.stdlib.get_logger()

ALGORITHMS: Final = OIDC_ALGORITHMS
MAX_MACHINES: Final = 100
"""Of one space, at a time."""
_KEY_SETS: Final = 1000


@dataclass(frozen=True, slots=True)
class MachineKeys:
    """A machine's public keys, or where they are. With neither it gets a secret."""

    jwks: Mapping[str, Any] | None = None
    jwks_uri: str | None = None


@final
@dataclass
class Machines:
    """``own``: this gateway's address, under which each space is a resource. ``documents`` reaches
    public addresses only. ``asked`` counts tokens by machine.
    """

    own: OwnAddress
    store: MachineStore
    assertions: ClientAssertions
    documents: HttpTransport
    asked: RateLimiter
    clock: Clock
    _key_sets: LRUCache[str, JwtVerifier] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._key_sets = LRUCache(_KEY_SETS)

    async def make(
        self, space_id: str, by: Principal, wish: TokenWish, keys: MachineKeys
    ) -> tuple[Machine, Secret | None]:
        """The machine, and its secret for the only time, where it has one. Raises InvalidRequest,
        SpaceNotAccessible, OwnerRequired or StoreUnavailable.
        """
        require_sensible(wish)
        if wish.can_manage:
            raise InvalidRequest("A machine calls tools, and manages no space.")
        require_usable(keys)
        has_keys = keys.jwks is not None or keys.jwks_uri is not None
        secret = None if has_keys else token_of(SECRET_PREFIX, random_bytes(RANDOM_BYTES))
        now = self.clock.now()
        machine = Machine(
            client_id=f"{ID_PREFIX}{random_identifier()}",
            space_id=space_id,
            name=" ".join(wish.name.split()),
            auth=MachineAuth.KEY if has_keys else MachineAuth.SECRET,
            created_at=now,
            created_by=by.user_id,
            expires_at=now + timedelta(days=wish.expires_in_days),
            read_only=wish.read_only,
            tools=wish.tools,
            secret_sha256=None if secret is None else secret.fingerprint(),
            jwks=keys.jwks,
            jwks_uri=keys.jwks_uri,
        )
        if not await self.store.add(machine, MAX_MACHINES, by_anybody=by.is_believed):
            raise InvalidRequest(
                f"A space has {MAX_MACHINES} machines at most. Revoke one that is not used."
            )
        log.info("machine_made", space_id=space_id, client_id=machine.client_id, user_id=by.user_id)
        return machine, secret

    async def token(
        self, client_id: str | None, secret: Secret | None, sent: Mapping[str, str]
    ) -> IssuedTokens:
        """For a request to the token endpoint. Raises LoginRefused, TooManyRequests,
        IdentityUnavailable or StoreUnavailable.
        """
        machine = await self._proven(client_id, secret, sent)
        with refused_about(machine.about):
            return await self._issued(machine, sent.get("resource"))

    async def _issued(self, machine: Machine, resource: str | None) -> IssuedTokens:
        if resource is not None and not is_address_of(machine.space_id, resource, self.own):
            raise Refused(Why.MACHINE_OF_ANOTHER_SPACE)
        wait = self.asked.hit(machine.client_id)
        if wait is not None:
            raise AskedTooOften(
                Why.MACHINE_TOKENS_TOO_MANY,
                "This machine asks for too many tokens: one lasts for an hour.",
                retry_after_seconds=wait,
            )
        token = token_for(
            machine, machine.client_id, machine.space_id, TOKEN_LIFETIME, self.clock.now()
        )
        if not await self.store.issue(machine, token.record):
            raise Refused(Why.MACHINE_REVOKED)
        log.info("machine_token_issued", space_id=machine.space_id, client_id=machine.client_id)
        return token.issued

    async def _proven(
        self, client_id: str | None, secret: Secret | None, sent: Mapping[str, str]
    ) -> Machine:
        assertion = sent.get("client_assertion")
        if assertion is None:
            machine = await self._known(client_id)
            with refused_about(machine.about):
                self._require(machine, MachineAuth.SECRET)
                if secret is None or not machine.is_secret(secret):
                    raise Refused(Why.MACHINE_SECRET_WRONG)
            return machine
        if secret is not None:
            raise Refused(Why.MACHINE_PROVES_ITSELF_TWICE)
        if sent.get("client_assertion_type") != ASSERTION_TYPE:
            raise Refused(Why.ASSERTION_TYPE_UNKNOWN)
        claimed = issuer_named(assertion, CLIENT_ASSERTION)
        if client_id is not None and claimed != client_id:
            raise Refused(Why.ASSERTION_ISSUER)
        machine = await self._known(claimed)
        with refused_about(machine.about):
            self._require(machine, MachineAuth.KEY)
            await self.assertions.require(assertion, machine.client_id, self._verifier(machine))
        return machine

    async def _known(self, client_id: str | None) -> Machine:
        machine = None if client_id is None else await self.store.get(client_id)
        if machine is None:
            raise Refused(Why.MACHINE_UNKNOWN)
        return machine

    def _require(self, machine: Machine, method: MachineAuth) -> None:
        why = judge_machine(machine, method, self.clock.now())
        if why is not None:
            raise Refused(why)

    def _verifier(self, machine: Machine) -> JwtVerifier:
        """Keys at an address are remembered for a while, and fetched again for a new key id."""
        address = machine.jwks_uri
        if address is None:
            source = FixedKeys(read_key_set(machine.jwks))
            return JwtVerifier(source, ALGORITHMS, CLIENT_ASSERTION_TYPES)
        found = self._key_sets.get(address)
        if found is None:

            async def where() -> str:
                return address

            source = RemoteKeys(self.documents, where)
            found = JwtVerifier(source, ALGORITHMS, CLIENT_ASSERTION_TYPES)
            self._key_sets[address] = found
        return found


def require_usable(keys: MachineKeys) -> None:
    """Raises InvalidRequest."""
    if keys.jwks is not None and keys.jwks_uri is not None:
        raise InvalidRequest("Send the machine's keys or their address, not both.")
    if keys.jwks is not None:
        try:
            read = read_key_set(keys.jwks, is_own=True)
        except KeySetError as fault:
            raise InvalidRequest(f"The machine's keys cannot be used: {fault}.") from None
        if any(one.is_private for one in read):
            raise InvalidRequest("A private key is among the machine's keys. Send public ones.")
    if keys.jwks_uri is not None and not is_public(keys.jwks_uri):
        raise InvalidRequest("The address of the machine's keys must be https, and public.")


def is_public(address: str) -> bool:
    """As it stands; what its name resolves to is looked at when it is fetched."""
    try:
        host = urlsplit(address).hostname
    except ValueError:
        return False
    if not address.startswith("https://") or not host or is_loopback_name(host):
        return False
    return literal_allowed(address, allow_private=False)
