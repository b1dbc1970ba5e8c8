"""A signed principal counts as it was meant, or not at all."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from joserfc import jwk

from notion_gateway.storage.used_once import UsedOnce
from tests.access.forgeries import FORGERIES, doubled, part, well_signed
from tests.faults.places import on
from tests.support.databases import PostgresServer
from tests.support.figures import Figure
from tests.support.identity import AUDIENCE, Person, Signer
from tests.support.migrated import new_migrated_database
from tests.support.rig import Rig, a_rig
from tests.support.strict_gateway import person, proven, second_replica, strict_rig

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:26")]


async def answer_to(rig: Rig, bearer: str, path: str = "/me") -> Any:
    headers = {"Authorization": f"Bearer {bearer}"}
    return await rig.caller.send("GET", path, user=None, headers=headers)


async def test_everything_that_can_be_wrong_is_401(
    strict: Rig, ada: Person, figure: Figure
) -> None:
    accepted: list[str] = []
    for name, forge in FORGERIES.items():
        claims = ada.signer.claims("ada", ada.now())
        assert (await answer_to(strict, ada.signer.sign(claims))).status == 200
        refused = await answer_to(strict, forge(ada.signer, claims))
        if (refused.status, refused.reason if refused.status != 200 else "") != (
            401,
            "unauthenticated",
        ):
            accepted.append(f"{name}: {refused.status}")
        elif "invalid_token" not in refused.headers["www-authenticate"]:
            accepted.append(f"{name}: no challenge")
    assert accepted == []
    figure("{} kinds of forged principals: {} accepted", len(FORGERIES), len(accepted))


async def test_of_doubled_claims_all_readers_here_take_the_same(strict: Rig, ada: Person) -> None:
    """The last (RFC 7519 section 4): whose keys are asked is whose claims are believed."""
    bearer = well_signed(doubled(ada.now()))(ada.signer, {})

    assert (await answer_to(strict, bearer)).status == 401


async def test_what_is_right_in_another_way_counts(strict: Rig, ada: Person) -> None:
    claims = ada.signer.claims("ada", ada.now())
    for changes in (
        {"aud": ["https://other.example", AUDIENCE]},
        {"exp": claims["iat"] + 59.5},
        {"nbf": claims["iat"]},
        {"name": "Ada L."},
        {"space_id": None},
    ):
        jti = {"jti": part(repr(changes).encode())[:64]}
        answer = await answer_to(strict, ada.signer.sign({**claims, **jti, **changes}))
        assert (answer.status, answer.json["user_id"]) == (200, "ada"), changes


@pytest.mark.parametrize("curve", ["P-256"])
async def test_es256_counts_with_a_key_of_its_own_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, curve: Any
) -> None:
    key = jwk.ECKey.generate_key(curve, {"kid": "e"}, auto_kid=False)
    ed, es = Signer(), Signer(name="embedder", key=key, algorithm="ES256")
    async with a_rig(tmp_path, monkeypatch, **proven(ed, es)) as rig:
        ada, bob = person(rig, ed, "ada"), person(rig, es, "bob")
        assert (await ada.get("/me")).status == 200
        assert (await bob.get("/me")).status == 200
        # Each application's keys speak for that application.
        crossed = Signer(name=ed.name, key=key, algorithm="ES256")
        assert (await person(rig, crossed, "ada").get("/me")).status == 401


async def test_a_claim_of_membership_counts_where_the_application_may_make_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, embedder = Signer(), Signer(name="embedder")
    settings = proven(plain)
    settings["gateway_applications"].append(embedder.settings(asserts_spaces=True))
    async with a_rig(tmp_path, monkeypatch, **settings) as rig:
        ours = await person(rig, plain, "ada").create_space()
        for signer, space, expected in (
            (embedder, "theirs", 200),
            (plain, "theirs", 403),
            (embedder, ours, 403),  # members that the gateway knows count before any claim
        ):
            one = person(rig, signer, "eve")
            claims = {**signer.claims("eve", one.now()), "spaces": {space: "owner"}}
            answer = await answer_to(rig, signer.sign(claims), f"/integrations/notion/{space}")
            assert answer.status == expected, (signer.name, space)
        for wrong in ({"theirs": "admin"}, {"the irs": "owner"}, ["theirs"], "theirs", {"t": None}):
            claims = {**embedder.claims("eve", rig.clock.now()), "spaces": wrong}
            assert (await answer_to(rig, embedder.sign(claims))).status == 401, wrong


@pytest.fixture(params=["sqlite", "postgresql"])
async def replicas(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    postgres: PostgresServer,
    signer: Signer,
) -> AsyncGenerator[tuple[Person, Person]]:
    """The same person, at two gateways."""
    settings: dict[str, Any] = {}
    if request.param == "postgresql":
        settings = on(postgres.url(await new_migrated_database(postgres)))
    async with (
        strict_rig(tmp_path, monkeypatch, signer, **settings) as rig,
        second_replica(rig, signer, **settings) as elsewhere,
    ):
        yield person(rig, signer, "ada"), person(rig, signer, "ada", elsewhere)


async def thirty_changes(replicas: tuple[Person, Person], bearer: str) -> list[int]:
    """With one principal, at both gateways at once."""
    copies = [Person(one.caller, "ada", one.signer, one.now, bearer) for one in replicas]
    answers = await asyncio.gather(
        *(copies[number % 2].post("/spaces", {"name": f"{number}"}) for number in range(30))
    )
    assert {one.reason for one in answers if one.status == 401} <= {"principal_replayed"}
    return sorted(one.status for one in answers)


async def test_of_thirty_changes_with_one_principal_on_two_replicas_one_is_made(
    replicas: tuple[Person, Person],
) -> None:
    here, there = replicas
    bearer = here.principal()

    assert await thirty_changes(replicas, bearer) == [201, *[401] * 29]
    assert len((await there.get("/spaces")).json["spaces"]) == 1
    for who in (here, there):  # what changes nothing may use it again
        again = Person(who.caller, "ada", who.signer, who.now, bearer)
        assert (await again.get("/spaces")).status == 200


async def test_where_nobody_keeps_count_every_change_is_made(
    replicas: tuple[Person, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""

    async def forgetful(*_: object) -> bool:
        return True

    monkeypatch.setattr(UsedOnce, "use", forgetful)

    assert await thirty_changes(replicas, replicas[0].principal()) == [201] * 30


async def test_each_kind_of_change_takes_the_principal(ada: Person, bob: Person) -> None:
    space = await ada.create_space()
    changes: list[tuple[str, str, Any]] = [
        ("POST", "/spaces", {"name": "More"}),
        ("PATCH", f"/spaces/{space}", {"name": "New"}),
        ("PUT", f"/spaces/{space}/members/bob", {"role": "member"}),
        ("POST", f"/invitations/{space}/accept", None),
        ("DELETE", f"/invitations/{space}", None),
        ("POST", f"/spaces/{space}/tokens", {"name": "t"}),
        ("DELETE", f"/spaces/{space}/tokens/nothing", None),
        ("DELETE", f"/spaces/{space}/members/bob", None),
        ("GET", f"/integrations/notion/oauth/mcp/start?space_id={space}", None),
        ("DELETE", f"/integrations/notion/{space}", None),
    ]
    for method, path, body in changes:
        once = Person(ada.caller, "ada", ada.signer, ada.now, ada.principal())
        assert (await once.send(method, path, json=body)).status < 300, (method, path)
        again = await once.send(method, path, json=body)
        assert (again.status, again.reason) == (401, "principal_replayed"), (method, path)


@pytest.mark.parametrize(
    "user",
    [
        "_ada",
        "-ada",
        "dGVzdA==",
        "a+b/c=",
        "o'brien@acme.example",
        "https://id.example/7?x#y",
        "josé",
    ],
)
async def test_any_subject_of_an_issuer_can_belong_to_a_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer, user: str
) -> None:
    async with strict_rig(tmp_path, monkeypatch, signer) as rig:
        ada, them = person(rig, signer, "ada"), person(rig, signer, user)
        space = await ada.create_space()
        path = f"/spaces/{space}/members/{quote(user, safe='')}"
        added = await ada.send("PUT", path, json={"role": "member"})
        assert (added.status, added.json["user_id"]) == (202, user)
        assert (await them.accept(space)).status == 200
        assert (await them.get(f"/spaces/{space}", headers={"X-User-ID": user})).status == 200
        assert (await them.send("DELETE", path)).status == 204
        assert (await them.get(f"/spaces/{space}")).status == 403
