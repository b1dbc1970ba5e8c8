"""Setting a space's policy: by owners, seen by members, and nobody's change is lost."""

import json
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.access.rules.principal import Means, Principal
from notion_gateway.policy.errors import PolicyChanged, PolicyUnreadable
from notion_gateway.policy.rules.space_policy import SetPolicy
from notion_gateway.policy.store import PolicyStore
from tests.policy.documents import policy
from tests.policy.rigs import policies_of, set_policy
from tests.support.gateway import Answer
from tests.support.identity import Signer
from tests.support.rig import Rig
from tests.support.strict_gateway import person, second_replica, strict_rig
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import until_told

pytestmark = pytest.mark.anyio

PATH = "/spaces/team/policy"
READ_ONLY = {"version": 1, "preset": "read_only"}


async def put(rig: Rig, document: object, version: int = 0) -> Answer:
    text = document if isinstance(document, (str, bytes)) else json.dumps(document)
    return await rig.caller.send("PUT", PATH, params={"expected_version": str(version)}, data=text)


async def test_a_space_has_no_policy_until_one_is_set_and_again_once_it_is_removed(
    rig: Rig,
) -> None:
    none = (await rig.caller.get(PATH)).json
    assert (none["version"], none["policy"], none["is_readable"]) == (0, None, True)

    done = (await put(rig, READ_ONLY)).json
    assert (done["version"], done["policy"], done["set_by"]) == (1, READ_ONLY, "ada")
    assert (await rig.caller.get(PATH)).json == done
    same = await put(rig, READ_ONLY, 1)
    assert same.json["version"] == 1

    removed = await rig.caller.send("DELETE", PATH, params={"expected_version": "1"})
    assert (removed.json["version"], removed.json["policy"]) == (2, None)
    history = (await rig.caller.get(f"{PATH}/events")).json
    told = [(one["version"], one["type"], one["by"], one["policy"]) for one in history["events"]]
    assert told == [
        (1, "SpacePolicySet", "ada", READ_ONLY),
        (2, "SpacePolicyRemoved", "ada", None),
    ]
    assert history["before"] is None
    newest = (await rig.caller.get(f"{PATH}/events", params={"limit": "1"})).json
    assert ([one["version"] for one in newest["events"]], newest["before"]) == ([2], 2)
    first = (await rig.caller.get(f"{PATH}/events", params={"limit": "1", "before": "2"})).json
    assert [one["version"] for one in first["events"]] == [1]


async def test_what_is_no_policy_is_refused_with_its_line_and_the_old_one_stays(rig: Rig) -> None:
    await put(rig, READ_ONLY)
    for text, line in [
        ('{"version": 1,\n "preset": "custom",\n "tools": {"notion-fech": "ask"}}', "Line 3: "),
        ('{"version": 1,\n "preset": }', "Line 2: "),
        (b"\xe9", "Line 1: "),
    ]:
        refused = await put(rig, text, 1)
        assert (refused.status, refused.reason) == (422, "policy_invalid")
        assert refused.json["detail"].startswith(line)
    large = await put(rig, " " * 70_000, 1)
    assert (large.status, large.reason) == (413, "request_too_large")
    blind = await rig.caller.send("PUT", PATH, data=json.dumps(READ_ONLY))
    assert (blind.status, blind.reason) == (422, "invalid_request")

    now = (await rig.caller.get(PATH)).json
    assert (now["version"], now["policy"]) == (1, READ_ONLY)


async def test_whoever_has_not_seen_the_newest_version_overwrites_nothing(rig: Rig) -> None:
    await put(rig, READ_ONLY)
    for version in (0, 2):
        late = await put(rig, {"version": 1, "preset": "everything"}, version)
        assert (late.status, late.reason) == (409, "policy_changed")
        removed = await rig.caller.send("DELETE", PATH, params={"expected_version": str(version)})
        assert (removed.status, removed.reason) == (409, "policy_changed")

    assert (await rig.caller.get(PATH)).json["policy"] == READ_ONLY


async def test_of_two_at_once_one_is_told(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have read the same version before either appends."""
    policies, load = policies_of(rig), PolicyStore.load

    async def overtaken(self: PolicyStore, space_id: str) -> Any:
        found = await load(self, space_id)
        monkeypatch.setattr(PolicyStore, "load", load)
        await policies.carry_out(space_id, SetPolicy(policy("everything"), "bob", 0))
        return found

    monkeypatch.setattr(PolicyStore, "load", overtaken)
    with pytest.raises(PolicyChanged):
        await policies.carry_out("team", SetPolicy(policy("read_only"), "ada", 0))
    assert (await policies.load("team")).set_by == "bob"


async def test_members_read_and_owners_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    async with strict_rig(tmp_path, monkeypatch, signer, RecordingMcp()) as rig:
        ada, bob = person(rig, signer, "ada"), person(rig, signer, "bob")
        eve = person(rig, signer, "eve")
        space = await ada.create_space()
        await ada.add(space, "bob")
        path = f"/spaces/{space}/policy"

        async def sets(who: Any) -> Answer:
            return await who.send(
                "PUT", path, params={"expected_version": "0"}, data=json.dumps(READ_ONLY)
            )

        assert (await bob.send("GET", path)).status == 200
        assert ((await sets(bob)).status, (await sets(bob)).reason) == (403, "owner_required")
        assert (await sets(eve)).reason == "space_not_accessible"
        assert (await eve.send("GET", path)).reason == "space_not_accessible"
        assert (await sets(ada)).status == 200


# --- what a process remembers ----------------------------------------------------------------


async def test_what_a_newer_version_wrote_is_not_taken_for_no_policy(rig: Rig) -> None:
    await set_policy(rig, "everything")
    for path, value in (("$.document.version", "2"), ("$.type", "'SpacePolicyOfLater'")):
        rig.sql(
            f"UPDATE events SET data = json_set(data, '{path}', {value})"  # noqa: S608
            " WHERE stream = 'space-policy/team'"
        )
        policies_of(rig).forget("team")

        with pytest.raises(PolicyUnreadable):
            await policies_of(rig).guard(Principal("ada", Means.TRUSTED_HEADERS), "team")
        assert not policies_of(rig).is_open("team")
        assert await policies_of(rig).applies("team")
        shown = (await rig.caller.get(PATH)).json
        assert (shown["is_readable"], shown["policy"]) == (False, None)
        refused = await rig.caller.call("team")
        assert (refused.status, refused.reason) == (403, "policy_unreadable")

    mended = await put(rig, READ_ONLY, 1)
    assert mended.json["is_readable"] is True


async def test_what_was_read_before_a_change_is_not_remembered_after_it(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    policies, load = policies_of(rig), PolicyStore.load

    async def overtaken(self: PolicyStore, space_id: str) -> Any:
        found = await load(self, space_id)
        policies.forget(space_id)
        return found

    monkeypatch.setattr(PolicyStore, "load", overtaken)
    await policies.load("team")
    assert not policies.is_open("team")
    monkeypatch.setattr(PolicyStore, "load", load)
    await policies.load("team")
    assert policies.is_open("team")


async def test_nothing_is_remembered_while_changes_cannot_be_heard_of(rig: Rig) -> None:
    policies = policies_of(rig)
    await policies.load("team")
    assert policies.is_open("team")

    policies.members.trust.trusted_seconds = -1
    assert not policies.is_open("team")


async def test_a_policy_holds_within_two_seconds_on_every_replica(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    upstream = RecordingMcp()
    async with (
        strict_rig(tmp_path, monkeypatch, signer, upstream) as rig,
        second_replica(rig, signer) as there,
    ):
        ada, elsewhere = person(rig, signer, "ada"), person(rig, signer, "ada", there)
        space = await ada.create_space()
        await ada.connect(space)
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
        body = json.dumps({**call, "params": {"name": "notion-delete-pages", "arguments": {}}})
        headers = {"Content-Type": "application/json", "X-Space-ID": space}

        async def is_stopped(who: Any) -> bool:
            answer = await who.send("POST", "/mcp/notion/proxy", data=body, headers=headers)
            return b"blocked_by_policy" in answer.body

        assert not await is_stopped(elsewhere)
        for preset, version, stopped in (("read_only", 0, True), ("everything", 1, False)):
            document = json.dumps({"version": 1, "preset": preset})
            query = {"expected_version": str(version)}
            await ada.send("PUT", f"/spaces/{space}/policy", params=query, data=document)
            assert await is_stopped(ada) is stopped

            async def is_so_there(stopped: bool = stopped) -> bool:
                return await is_stopped(elsewhere) is stopped

            await until_told(is_so_there, 2)
