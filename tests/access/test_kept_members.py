"""Who stays whatever an issuer says, and who is kept out whatever it says: owners decide it."""

import pytest

from tests.access.front_end import FrontEnd

pytestmark = pytest.mark.anyio

MEMBERS = "/spaces/birch/members"


async def test_whom_an_owner_keeps_stays_when_their_group_is_gone(front_end: FrontEnd) -> None:
    """The control is Zoe, whom nobody keeps."""
    ada, mona = front_end.person("ada"), front_end.person("mona")
    for user in ("mona", "zoe"):
        await front_end.sign_in(user, groups=["notion"])
    script = front_end.person("mona", await mona.token("birch"))

    async def by_word() -> set[str]:
        listed = (await ada.get(MEMBERS)).json["members"]
        return {one["user_id"] for one in listed if one["issuer"] == front_end.issuer.url}

    assert await by_word() == {"mona", "zoe"}
    keep = {"role": "member", "keep": True}
    assert (await mona.send("PUT", f"{MEMBERS}/zoe", json=keep)).reason == "owner_required"
    kept = await ada.send("PUT", f"{MEMBERS}/mona", json=keep)
    assert (kept.status, kept.json["issuer"]) == (200, None)
    assert await by_word() == {"zoe"}
    # Of who does not belong it invites, as ever: they stay once they have accepted.
    assert (await ada.send("PUT", f"{MEMBERS}/nora", json=keep)).status == 202

    for user in ("mona", "zoe"):
        await front_end.sign_in(user, groups=["sales"])

    assert front_end.members() == {"ada": "owner", "mona": "member"}
    assert (await script.get("/me")).status == 200


async def test_who_was_removed_is_shown_to_owners_and_comes_back_by_an_invitation_alone(
    front_end: FrontEnd,
) -> None:
    ada, mona, zoe = (front_end.person(name) for name in ("ada", "mona", "zoe"))
    for user in ("mona", "zoe"):
        await front_end.sign_in(user, groups=["notion"])
    await ada.send("PUT", "/spaces/birch/grants", json={"mode": "personal"})
    assert (await ada.send("DELETE", f"{MEMBERS}/mona")).status == 204

    (one,) = (await ada.get(MEMBERS)).json["kept_out"]
    assert (one["user_id"], one["removed_by"]) == ("mona", "ada")
    assert (await zoe.get(MEMBERS)).json["kept_out"] == []

    made = (await ada.post("/spaces/birch/invitation-links", {})).json
    link = {"space_id": "birch", "secret": made["secret"]}
    for who, is_kept_out in ((mona, True), (front_end.person("nora"), False)):
        seen = (await who.post("/invitation-links/look", link)).json
        assert (seen["kept_out"], seen["belongs"], seen["mode"]) == (is_kept_out, False, "personal")
    refused = await mona.post("/invitation-links/accept", link)
    assert (refused.status, refused.reason) == (403, "space_not_accessible")
    assert "invite you by your user id" in refused.json["detail"]
    await front_end.sign_in("mona", groups=["notion-owners"])
    assert "mona" not in front_end.members()

    await ada.send("PUT", f"{MEMBERS}/mona", json={"role": "member"})
    assert (await mona.post("/invitations/birch/accept", {})).status == 200
    assert (await ada.get(MEMBERS)).json["kept_out"] == []
    assert front_end.members()["mona"] == "member"
