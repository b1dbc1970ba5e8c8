"""Which program called last with a token, where calls are not recorded."""

from dataclasses import replace
from pathlib import Path

import pytest

from notion_gateway.access import gateway_tokens
from tests.support.identity import Signer
from tests.support.strict_gateway import person, strict_rig
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import until_told

pytestmark = pytest.mark.anyio


async def test_the_list_says_which_program_called_last_and_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer, upstream: RecordingMcp
) -> None:
    """Asked of everything for the first call, of memory for the others."""
    monkeypatch.setattr(gateway_tokens, "_RECORD_USE_SECONDS", 0.02)
    async with strict_rig(tmp_path, monkeypatch, signer, upstream) as rig:
        ada = person(rig, signer, "ada")
        space = await ada.create_space()
        await ada.connect(space)
        secret = await ada.token(space)
        script = replace(ada, bearer=secret)

        async def programs() -> dict[str, str | None]:
            listed = (await ada.get(f"/spaces/{space}/tokens")).json["tokens"]
            return {one["name"]: one["program"] for one in listed}

        assert await programs() == {"test": None}
        said = [
            "Birch Editor/1.0",
            "Birch Editor/1.0",
            "Birch Editor/1.1",
            f"Elm/1 (Bearer {secret})",
        ]
        shown = ["Birch Editor/1.0", "Birch Editor/1.0", "Birch Editor/1.1", "Elm/1 (Bearer ***)"]
        for name, expected in zip(said, shown, strict=True):
            assert (await script.call(space, headers={"User-Agent": name})).status == 200

            async def is_listed(expected: str = expected) -> bool:
                return (await programs())["test"] == expected

            await until_told(is_listed)
