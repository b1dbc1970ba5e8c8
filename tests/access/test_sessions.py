"""An MCP session is its caller's and its space's, whoever learns of its id."""

import asyncio
import base64
import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from pydantic import SecretStr

from notion_gateway.integration.rules.grant_ids import member_grant
from notion_gateway.proxy.rules import sessions as mcp_session
from notion_gateway.proxy.rules.sessions import HEADER, Caller, Elicitation, Session, SessionSeal
from notion_gateway.settings import GivenSettings
from notion_gateway.storage.database import Database
from notion_gateway.vault.keyring import FixedKeyring, generate_key, parse_keys
from notion_gateway.vault.proof_key import ProofKey
from notion_gateway.vault.rotation import open_rotation
from notion_gateway.vault.vault import Vault
from tests.support.figures import Figure
from tests.support.gateway import Answer
from tests.support.identity import Person, Signer
from tests.support.rig import Rig
from tests.support.strict_gateway import person, second_replica, strict_rig
from tests.support.upstreams import JSON_HEADERS, RecordingMcp

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("both_ways")]

OWN = b"notion-session-0123456789"
INITIALIZE = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}}).encode()


@pytest.fixture
def upstream() -> RecordingMcp:
    return RecordingMcp(headers=(*JSON_HEADERS, (HEADER, OWN)))


async def a_session(who: Person, space: str) -> str:
    return (await who.call(space, INITIALIZE)).headers["mcp-session-id"]


async def using(who: Person, space: str, session: str, method: str = "POST") -> Answer:
    headers = {"Mcp-Session-Id": session, "Content-Type": "application/json"}
    body = b'{"jsonrpc":"2.0","id":2,"method":"ping"}' if method == "POST" else None
    return await who.send(method, f"/mcp/notion/{space}", space, data=body, headers=headers)


def altered(session: str) -> Iterator[str]:
    """Truncated, every character changed, another flag, other proofs, none at all."""
    yield from (session[:-1], session[1:], session + "A", session.rpartition(".")[0], OWN.decode())
    for place in range(len(session)):
        other = "A" if session[place] != "A" else "B"
        yield session[:place] + other + session[place + 1 :]
    own, _, proof = session.rpartition(".")
    yield f"{own}.u{proof[1:]}"
    yield f"{own}.{proof[1:]}"
    yield f"{own}.-"
    yield f"{own}.-{base64.urlsafe_b64encode(bytes(16)).decode().rstrip('=')}"
    yield f"{own}.{proof}.{proof}"
    yield f"another.{proof}"
    yield "."
    yield "x"


@pytest.mark.promise("threats:24")
async def test_a_session_id_works_for_its_own_caller_in_its_own_space_only(
    strict: Rig, ada: Person, bob: Person, upstream: RecordingMcp
) -> None:
    space, second = await ada.create_space(), await ada.create_space()
    for one in (space, second):
        await ada.connect(one)
        await ada.add(one, "bob")
    session = await a_session(ada, space)
    assert session != OWN.decode()

    for method in ("POST", "GET", "DELETE"):
        assert (await using(ada, space, session, method)).status == 200
        assert upstream.last.values(HEADER) == [OWN]
    before = len(upstream.seen)
    for who, where in ((bob, space), (ada, second), (bob, second)):
        for method in ("POST", "GET", "DELETE"):
            refused = await using(who, where, session, method)
            assert (refused.status, refused.reason) == (404, "session_unknown")
    assert len(upstream.seen) == before


@pytest.mark.promise("threats:24")
async def test_an_altered_session_id_is_unknown_and_reaches_nobody(
    ada: Person, upstream: RecordingMcp, figure: Figure
) -> None:
    space = await ada.create_space()
    await ada.connect(space)
    session = await a_session(ada, space)
    before = len(upstream.seen)

    forgeries = list(altered(session))
    for forged in forgeries:
        refused = await using(ada, space, forged)
        assert (refused.status, refused.reason) == (404, "session_unknown"), forged
    reached = len(upstream.seen) - before
    assert reached == 0
    figure("{} altered session ids: {} reached Notion", len(forgeries), reached)


async def test_without_the_proof_a_stolen_session_id_works(
    ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""

    def nobodys(*_: object) -> bytes:
        return b"same-for-everybody"

    space = await ada.create_space()
    await ada.connect(space)
    await ada.add(space, "bob")
    monkeypatch.setattr(mcp_session, "_mac", nobodys)

    assert (await using(bob, space, await a_session(ada, space))).status == 200


@pytest.mark.promise("threats:24")
async def test_a_session_id_works_on_another_replica_and_after_a_key_rotation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer, upstream: RecordingMcp
) -> None:
    old, new = generate_key(), generate_key()
    keys = {"token_encryption_keys": SecretStr(old)}
    rotated = {"token_encryption_keys": SecretStr(f"{new},{old}")}
    without = {"token_encryption_keys": SecretStr(f"{generate_key()},{new}")}
    async with strict_rig(tmp_path, monkeypatch, signer, upstream, **keys) as rig:
        ada = person(rig, signer, "ada")
        space = await ada.create_space()
        await ada.add(space, "bob")
        await ada.connect(space)
        session = await a_session(ada, space)
        for settings in (keys, rotated):
            async with second_replica(rig, signer, **settings) as caller:
                there, thief = (person(rig, signer, who, caller) for who in ("ada", "bob"))
                assert (await using(there, space, session)).status == 200
                assert (await using(thief, space, session)).status == 404
        async with second_replica(rig, signer, **without) as caller:
            assert (await using(person(rig, signer, "ada", caller), space, session)).status == 404


async def test_a_session_outlives_the_encryption_key_under_which_it_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer, upstream: RecordingMcp
) -> None:
    old, new = generate_key(), generate_key()
    async with strict_rig(
        tmp_path, monkeypatch, signer, upstream, token_encryption_keys=SecretStr(old)
    ) as rig:
        ada = person(rig, signer, "ada")
        space = await ada.create_space()
        await ada.add(space, "bob")
        await ada.connect(space)
        session = await a_session(ada, space)
        both = SecretStr(f"{new},{old}")
        settings = GivenSettings(gateway_data_dir=rig.data_dir, token_encryption_keys=both)
        async with open_rotation(settings) as keys:
            assert (await keys.rotate.run()).unreadable == 0
        dropped = {"token_encryption_keys": SecretStr(new)}
        async with second_replica(rig, signer, **dropped) as caller:
            there, thief = (person(rig, signer, who, caller) for who in ("ada", "bob"))
            assert (await using(there, space, session)).status == 200
            assert (await using(thief, space, session)).status == 404


async def test_every_gateway_on_a_database_has_the_same_proof_key(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'gateway.sqlite3'}")
    await database.migrate()
    keys = parse_keys(f"{generate_key()},{generate_key()}")
    vaults = [Vault(FixedKeyring(some)) for some in (keys, keys[::-1], keys)]

    loaded = await asyncio.gather(*(ProofKey(database, vault).load() for vault in vaults))
    foreign = ProofKey(database, Vault(FixedKeyring(parse_keys(generate_key()))))

    assert len({*loaded}) == 1
    assert loaded[0] is not None
    assert await foreign.load() is None
    await foreign.rewrap()
    assert await ProofKey(database, vaults[0]).load() == loaded[0]
    await database.close()


@pytest.mark.promise("threats:24")
def test_the_flag_and_every_part_of_the_caller_are_under_the_proof() -> None:
    seal = SessionSeal(lambda: [b"k" * 32])
    ada = Caller("space", "ada", "space")
    for opens_links, shows_forms in product((True, False), repeat=2):
        asks = Elicitation(opens_links, shows_forms)
        bound = seal.outgoing([(HEADER, OWN)], ada, asks)
        assert seal.incoming(bound, ada) == ([(HEADER, OWN)], Session(asks))
        ours = [(HEADER, seal.ours("own", ada, asks))]
        assert seal.incoming(ours, ada) == ([], Session(asks, is_ours=True))
        named = seal.outgoing([(HEADER, OWN)], ada, asks, "Birch/1.0")
        assert seal.incoming(named, ada) == ([(HEADER, OWN)], Session(asks, client="Birch/1.0"))
        for other in (
            Caller("space", "bob", "space"),
            Caller("other", "ada", "other"),
            Caller("spacea", "da", "spacea"),
            Caller("space", "ada", member_grant("space", "ada")),
        ):
            with pytest.raises(mcp_session.SessionUnknown):
                seal.incoming(bound, other)
            with pytest.raises(mcp_session.SessionUnknown):
                seal.incoming(ours, other)
            with pytest.raises(mcp_session.SessionUnknown):
                seal.incoming(named, other)


def test_what_a_program_is_called_in_its_session_is_under_the_proof_and_bounded() -> None:
    seal = SessionSeal(lambda: [b"k" * 32])
    ada = Caller("space", "ada", "space")
    long = "\N{SNOWMAN}" * 100
    ((_, bound),) = seal.outgoing([(HEADER, OWN)], ada, Elicitation(), long)
    assert len(bound) < len(OWN) + 160
    (_, session) = seal.incoming([(HEADER, bound)], ada)
    assert session.client
    assert long.startswith(session.client)
    other = seal.outgoing([(HEADER, OWN)], ada, Elicitation(), "Birch/1.0")[0][1]
    begins = OWN + b"."
    proof, name = bound[len(begins) :][:23], other[len(begins) + 23 :]
    for forged in (begins + proof + name, begins + proof, bound + b"AA", bound[:-2]):
        with pytest.raises(mcp_session.SessionUnknown):
            seal.incoming([(HEADER, forged)], ada)
