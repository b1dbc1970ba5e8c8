"""What tests of members' own grants begin with."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.integration.member_team import Team
from tests.support.identity import Signer
from tests.support.strict_gateway import person, strict_rig


@pytest.fixture
def signer() -> Signer:
    return Signer()


@pytest.fixture
async def team(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> AsyncGenerator[Team]:
    async with strict_rig(tmp_path, monkeypatch, signer, gateway_local_sign_in=True) as rig:
        olga, ada, bob, cleo = [
            person(rig, signer, user) for user in ("olga", "ada", "bob", "cleo")
        ]
        space = await olga.create_space()
        for user in ("ada", "bob", "cleo"):
            await olga.add(space, user)
        found = Team(rig, olga, ada, bob, cleo, space)
        await found.connect(olga, mine=False)
        await found.choose("personal_else_shared")
        for who in (ada, bob):
            await found.connect(who)
        yield found
