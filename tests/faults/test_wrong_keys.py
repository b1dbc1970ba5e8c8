"""Keys that are not the ones in use, and records that were damaged: said, and kept apart."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from notion_gateway.kernel.errors import SecretUnreadable
from notion_gateway.kernel.secret import Secret
from notion_gateway.storage.database import Database
from notion_gateway.vault import vault
from notion_gateway.vault.keyring import FileKeyring, FixedKeyring, generate_key
from notion_gateway.vault.sealed import SealedSecret, SecretContext
from notion_gateway.vault.secrets_table import SecretsTable
from notion_gateway.vault.vault import EncryptionKey, Vault
from tests.support.figures import Figure
from tests.support.gateway import Caller, calling, serving_gateway
from tests.support.processes import gateway_process
from tests.support.rig import Rig, a_rig
from tests.support.upstreams import RecordingMcp

pytestmark = pytest.mark.anyio


async def connected(rig: Rig, *spaces: str) -> None:
    for space in spaces:
        assert (await rig.caller.connect(space)).result["status"] == "success"


def another_key(_: str) -> str:
    return generate_key() + "\n"


def the_same_name(line: str) -> str:
    """Somebody typed the key anew under its old id."""
    key_id, _, _ = line.partition(":")
    _, _, material = generate_key().partition(":")
    return f"{key_id}:{material}\n"


async def readiness(caller: Caller) -> tuple[int, dict[str, str]]:
    answer = await caller.get("/readyz", user=None)
    return answer.status, answer.json["checks"]


@pytest.mark.promise("threats:50")
@pytest.mark.parametrize("exchange", [another_key, the_same_name])
async def test_a_gateway_that_starts_with_another_key_lives_and_is_not_ready(
    exchange: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "encryption.key"
    async with a_rig(tmp_path, monkeypatch) as rig:
        await connected(rig, "team")
        right = file.read_text()
        file.write_text(exchange(right))
        async with serving_gateway(tmp_path, rig.notion.url) as again, calling(again.url) as caller:
            status, checks = await readiness(caller)
            assert (status, checks["key"], checks["database"]) == (503, "failed", "ok")
            assert (await caller.get("/livez", user=None)).status == 200
            assert (await caller.call("team")).reason == "secret_unreadable"

            file.write_text(f"{generate_key()}\n{right}")
            status, checks = await readiness(caller)
            assert (status, checks["key"]) == (200, "ok"), "the right key, older than a new one"


@pytest.mark.promise("threats:50")
async def test_a_damaged_record_fails_its_own_space_and_is_named_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_rig(tmp_path, monkeypatch, mcp=RecordingMcp()) as rig:
        await connected(rig, "damaged", "sound")
        (secret_id,) = rig.sql(
            "SELECT secret_id FROM secrets WHERE space_id='damaged' AND field='access_token'"
        )[0]
        flip_a_byte(tmp_path / "gateway.sqlite3", secret_id)
        log = tmp_path / "gateway.log"
        async with (
            gateway_process(tmp_path, rig.notion.url, log) as process,
            calling(process.url) as caller,
        ):
            assert (await caller.call("damaged")).reason == "secret_unreadable"
            assert (await caller.call("sound")).status == 200
            status, checks = await readiness(caller)
            assert (status, checks["key"]) == (200, "warning")
            await process.stop()  # a killed one's last lines may be unwritten
        assert any(
            "secret_unreadable" in line and secret_id in line and '"damaged"' in line
            for line in log.read_text().splitlines()
        )


@pytest.mark.promise("threats:50")
async def test_a_record_with_any_byte_flipped_does_not_open_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    async with a_rig(tmp_path, monkeypatch) as rig:
        await connected(rig, "team")
        (secret_id,) = rig.sql("SELECT secret_id FROM secrets WHERE field='refresh_token'")[0]
        database = Database(f"sqlite+aiosqlite:///{tmp_path / 'gateway.sqlite3'}")
        sound = await SecretsTable(database).get(secret_id, "team")
        await database.close()
    box = Vault(FileKeyring(tmp_path / "encryption.key"))
    assert sound is not None
    assert box.open(sound).reveal()
    for damaged in each_byte_flipped(sound):
        with pytest.raises(SecretUnreadable, match=secret_id) as refused:
            box.open(damaged)
        named = secret_id in str(refused.value)
        figure("{} records with a byte flipped: {} refused and named", 1, int(named))


def test_without_the_proof_in_it_a_record_opens_with_a_byte_flipped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: the same cipher, and nobody looks whether it was altered."""
    box = Vault(FixedKeyring([EncryptionKey("k", b"k" * 32)]))
    text = Secret("a refresh token")
    sealed = box.seal(text, SecretContext("i", "team", "process", "refresh_token"))

    def unproven(key: bytes, sealed: bytes, _: bytes) -> bytes:
        counting = modes.CTR(sealed[:12] + (2).to_bytes(4))  # as GCM counts
        return Cipher(AES(key), counting).decryptor().update(sealed[12:-16])

    monkeypatch.setattr(vault, "_decrypt", unproven)
    assert box.open(sealed).reveal() == text.reveal()
    for at in range(12, len(sealed.ciphertext)):
        box.open(replace(sealed, ciphertext=flipped(sealed.ciphertext, at)))


def each_byte_flipped(sound: SealedSecret) -> list[SealedSecret]:
    wrapped, text = sound.wrapped_key, sound.ciphertext
    return [
        *(replace(sound, wrapped_key=flipped(wrapped, at)) for at in range(len(wrapped))),
        *(replace(sound, ciphertext=flipped(text, at)) for at in range(len(text))),
    ]


def flipped(value: bytes, at: int) -> bytes:
    return value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :]


def flip_a_byte(file: Path, secret_id: str) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        query = "SELECT ciphertext FROM secrets WHERE secret_id = ?"
        (ciphertext,) = database.execute(query, (secret_id,)).fetchone()
        change = "UPDATE secrets SET ciphertext = ? WHERE secret_id = ?"
        database.execute(change, (flipped(ciphertext, len(ciphertext) // 2), secret_id))
