"""Keys that are fetched from their signer: rotated, missing, slow, and never stormed for."""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwk
from starlette.types import Receive, Scope, Send

from notion_gateway.access.jwt import KeySetError, RemoteKeys, read_key_set
from tests.support.asgi import answer
from tests.support.identity import AUDIENCE, Person, Signer
from tests.support.rig import Rig, a_rig
from tests.support.serving import listen, serving
from tests.support.strict_gateway import UNLIMITED, person

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:26")]


@dataclass
class KeyServer:
    """A signer's JWKS over HTTP; counts how often it is asked."""

    keys: Sequence[jwk.Key] = ()
    status: int = 200
    body: bytes | None = None
    asked: int = 0
    open: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # it has no lifespan
            return
        self.asked += 1
        await self.open.wait()
        shown = [key.as_dict(private=False) for key in self.keys]
        body = self.body or json.dumps({"keys": shown}).encode()
        await answer(self.status, body)(scope, receive, send)


class Monotonic:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True, slots=True)
class Place:
    rig: Rig
    server: KeyServer
    monotonic: Monotonic

    def ada(self, signer: Signer) -> Person:
        return person(self.rig, signer, "ada")

    async def outcome(self, signer: Signer) -> tuple[int, str]:
        answer = await self.ada(signer).get("/me")
        return answer.status, answer.reason if answer.status != 200 else ""


def signer(kid: str) -> Signer:
    return Signer(key=jwk.OKPKey.generate_key("Ed25519", {"kid": kid}, auto_kid=False))


@asynccontextmanager
async def a_place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Place]:
    monotonic, server = Monotonic(), KeyServer()
    server.open.set()
    made = RemoteKeys.__init__

    def timed(self: RemoteKeys, *given: Any) -> None:
        made(self, *given, monotonic=monotonic)

    monkeypatch.setattr(RemoteKeys, "__init__", timed)
    with listen() as listener:
        async with serving(server, listener) as served:
            application = {"name": "conversational-ui", "jwks_url": f"{served.url}/jwks.json"}
            async with a_rig(
                folder,
                monkeypatch,
                gateway_trust_headers=False,
                gateway_audience=AUDIENCE,
                gateway_applications=[application],
                **UNLIMITED,
            ) as rig:
                yield Place(rig, server, monotonic)


@pytest.fixture
async def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Place]:
    async with a_place(tmp_path, monkeypatch) as one:
        yield one


async def test_a_rotated_key_counts_with_its_first_principal(place: Place) -> None:
    old, new = signer("old"), signer("new")
    place.server.keys = [old.key]
    assert [await place.outcome(old) for _ in range(5)] == [(200, "")] * 5
    assert place.server.asked == 1

    place.server.keys = [old.key, new.key]
    place.monotonic.now += 11
    together = await asyncio.gather(*(place.outcome(new) for _ in range(20)))

    assert together == [(200, "")] * 20  # one fetch, for which all of them wait
    assert place.server.asked == 2


async def test_a_withdrawn_key_stops_counting(place: Place) -> None:
    old, new = signer("old"), signer("new")
    place.server.keys = [old.key]
    assert await place.outcome(old) == (200, "")

    place.server.keys = [new.key]
    place.monotonic.now += 601
    await place.outcome(old)  # notices that the keys are old, and renews them meanwhile
    assert await place.outcome(new) == (200, "")
    assert await place.outcome(old) == (401, "unauthenticated")


async def test_a_key_that_was_withdrawn_while_nobody_called_opens_nothing(place: Place) -> None:
    old, new = signer("old"), signer("new")
    place.server.keys = [old.key]
    assert await place.outcome(old) == (200, "")

    place.server.keys = [new.key]
    place.monotonic.now += 3600
    assert await place.outcome(old) == (401, "unauthenticated")
    assert await place.outcome(new) == (200, "")


async def test_keys_that_cannot_be_renewed_count_for_a_day(place: Place) -> None:
    known = signer("known")
    place.server.keys = [known.key]
    assert await place.outcome(known) == (200, "")

    place.server.status, place.server.body = 500, b"down"
    place.monotonic.now += 86_399
    assert await place.outcome(known) == (200, "")
    place.monotonic.now += 1
    assert await place.outcome(known) == (503, "identity_unavailable")


async def test_forged_key_ids_cause_no_storm(place: Place) -> None:
    known = signer("known")
    place.server.keys = [known.key]
    assert await place.outcome(known) == (200, "")

    forged = [signer(f"forged-{number}") for number in range(100)]
    answers = await asyncio.gather(*(place.outcome(one) for one in forged))
    assert set(answers) == {(401, "unauthenticated")}
    assert place.server.asked == 1
    for _ in range(3):
        place.monotonic.now += 11
        await asyncio.gather(*(place.outcome(one) for one in forged))
    assert place.server.asked == 4
    assert await place.outcome(known) == (200, "")


async def test_at_the_first_call_everybody_waits_for_one_fetch(place: Place) -> None:
    known = signer("known")
    place.server.keys = [known.key]
    place.server.open.clear()
    calls = [asyncio.create_task(place.outcome(known)) for _ in range(20)]
    await asyncio.sleep(0.1)
    place.server.open.set()

    assert await asyncio.gather(*calls) == [(200, "")] * 20
    assert place.server.asked == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b"down"), (200, b"<html>"), (200, b'{"keys": []}'), (200, b"[" * 100_000)],
)
async def test_while_keys_cannot_be_had_the_answer_is_503_and_known_ones_go_on(
    place: Place, status: int, body: bytes
) -> None:
    known = signer("known")
    place.server.keys = [known.key]
    place.server.status, place.server.body = status, body
    down = await place.ada(known).get("/me")
    assert (down.status, down.reason) == (503, "identity_unavailable")
    assert int(down.headers["retry-after"]) >= 1

    place.server.status, place.server.body = 200, None
    place.monotonic.now += 11
    assert await place.outcome(known) == (200, "")

    place.server.status, place.server.body = status, body
    for _ in range(3):
        place.monotonic.now += 3600
        assert await place.outcome(known) == (200, "")


@pytest.mark.parametrize(
    "keys",
    [
        [{"kty": "oct", "k": "c2VjcmV0", "kid": "known"}],
        [{"kty": "OKP", "crv": "Ed25519", "x": "short", "kid": "known"}],
        [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "known"}],
        [7],
    ],
)
async def test_a_key_set_with_a_secret_or_damage_in_it_is_no_key_set(
    place: Place, keys: list[Any]
) -> None:
    place.server.body = json.dumps({"keys": keys}).encode()

    assert await place.outcome(signer("known")) == (503, "identity_unavailable")


ODD_KEYS: list[Any] = [
    7,
    {"kty": "oct", "k": "c2VjcmV0", "kid": "odd"},
    {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA", "kid": "odd"},
    {"kty": ["EC"], "kid": "odd"},
    {"kty": "EC", "crv": "P-999", "x": "AA", "y": "AA", "kid": "odd"},
    {"kty": "OKP", "crv": "Ed25519", "x": "short", "kid": "odd"},
    {"kty": "RSA", "kid": "odd"},
]


@pytest.mark.parametrize("odd", ODD_KEYS, ids=str)
async def test_one_key_that_is_not_understood_spoils_no_other(place: Place, odd: object) -> None:
    """RFC 7517 section 5."""
    known = signer("known")
    place.server.body = json.dumps({"keys": [odd, known.key.as_dict(private=False)]}).encode()

    assert await place.outcome(known) == (200, "")


@pytest.mark.parametrize("odd", [one for one in ODD_KEYS if one in (ODD_KEYS[0], ODD_KEYS[1])])
def test_in_the_operators_own_set_it_is_a_mistake(odd: object) -> None:
    """The control: what nobody here can mend is passed over, what somebody can is said."""
    keys = {"keys": [odd, signer("known").key.as_dict(private=False)]}
    with pytest.raises(KeySetError):
        read_key_set(keys, is_own=True)


async def test_the_last_of_many_keys_counts(place: Place) -> None:
    many = [signer(f"{number}") for number in range(100)]
    place.server.keys = [one.key for one in many]

    assert await place.outcome(many[-1]) == (200, "")


async def test_a_token_with_hundreds_of_groups_is_read(place: Place) -> None:
    known = signer("known")
    place.server.keys = [known.key]
    ada = place.ada(known)
    groups = [f"{number:032d}" for number in range(800)]
    token = known.sign({**known.claims("ada", place.rig.clock.now()), "groups": groups})
    assert len(token) > 30_000

    assert (await replace(ada, bearer=token).get("/me")).json["user_id"] == "ada"
