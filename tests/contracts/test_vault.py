import dataclasses
import itertools
import os
from pathlib import Path

import pytest

from notion_gateway.kernel.errors import SecretUnreadable
from notion_gateway.kernel.secret import Secret
from notion_gateway.vault.keyring import (
    FileKeyring,
    FixedKeyring,
    KeyringError,
    generate_key,
    parse_keys,
)
from notion_gateway.vault.sealed import SealedSecret, SecretContext
from notion_gateway.vault.vault import EncryptionKey, Vault
from tests.support.figures import Figure

PLACES = [
    SecretContext(secret_id, space_id, process_id, field)
    for secret_id, space_id, process_id, field in itertools.product(
        ("i1", "i2"), ("s1", "s2"), ("p1", "p2"), ("access_token", "refresh_token")
    )
]


def holding(*keys: EncryptionKey) -> Vault:
    return Vault(FixedKeyring(keys))


@pytest.mark.promise("seed:encrypted")
def test_a_sealed_secret_opens_in_its_place_and_shows_nothing(vault: Vault) -> None:
    for place in PLACES:
        sealed = vault.seal(Secret("canary"), place)
        assert vault.open(sealed) == Secret("canary")
        assert b"canary" not in sealed.ciphertext + sealed.wrapped_key
        assert "ciphertext" not in repr(sealed)


@pytest.mark.promise("threats:17")
def test_a_secret_moved_to_any_other_place_does_not_open(vault: Vault, figure: Figure) -> None:
    sealed = {place: vault.seal(Secret("canary"), place) for place in PLACES}
    moved: list[SealedSecret] = []
    for mine, other in itertools.permutations(PLACES, 2):
        moved += [
            dataclasses.replace(sealed[mine], context=other),
            dataclasses.replace(sealed[mine], wrapped_key=sealed[other].wrapped_key),
            dataclasses.replace(sealed[mine], ciphertext=sealed[other].ciphertext),
        ]

    opened = [one for one in moved if opens(vault, one)]
    assert opened == []
    assert all(opens(vault, one) for one in sealed.values())
    figure("{:,} moved secrets, keys and ciphertexts: {} open", len(moved), len(opened))


def opens(vault: Vault, sealed: SealedSecret) -> bool:
    try:
        vault.open(sealed)
    except SecretUnreadable:
        return False
    return True


@pytest.mark.promise("threats:17")
def test_names_that_run_together_are_still_two_places(vault: Vault) -> None:
    sealed = vault.seal(Secret("canary"), SecretContext("i", "ab", "c", "f"))
    with pytest.raises(SecretUnreadable):
        vault.open(dataclasses.replace(sealed, context=SecretContext("i", "a", "bc", "f")))


def test_an_altered_byte_anywhere_does_not_open(vault: Vault) -> None:
    sealed = vault.seal(Secret("canary"), PLACES[0])
    for part in ("wrapped_key", "ciphertext"):
        whole: bytes = getattr(sealed, part)
        for index in range(len(whole)):
            damaged = bytearray(whole)
            damaged[index] ^= 1
            with pytest.raises(SecretUnreadable):
                vault.open(dataclasses.replace(sealed, **{part: bytes(damaged)}))
        with pytest.raises(SecretUnreadable):
            vault.open(dataclasses.replace(sealed, **{part: b""}))
    with pytest.raises(SecretUnreadable):
        vault.open(dataclasses.replace(sealed, schema_version=2))


def test_older_keys_open_and_the_newest_seals() -> None:
    old, new = EncryptionKey("old", os.urandom(32)), EncryptionKey("new", os.urandom(32))
    sealed = holding(old).seal(Secret("canary"), PLACES[0])
    both = holding(new, old)
    assert both.open(sealed) == Secret("canary")
    assert both.seal(Secret("canary"), PLACES[0]).key_id == "new"


def test_a_missing_key_is_named() -> None:
    sealed = holding(EncryptionKey("old", b"o" * 32)).seal(Secret("x"), PLACES[0])
    with pytest.raises(SecretUnreadable, match="'old'"):
        holding(EncryptionKey("new", b"n" * 32)).open(sealed)


def test_a_rewrapped_secret_opens_under_the_new_key_alone() -> None:
    old, new = EncryptionKey("old", b"o" * 32), EncryptionKey("new", b"n" * 32)
    sealed = holding(old).seal(Secret("canary"), PLACES[0])
    rewrapped = holding(new, old).rewrap(sealed)
    assert rewrapped.key_id == "new"
    assert rewrapped.ciphertext == sealed.ciphertext
    assert holding(new).open(rewrapped) == Secret("canary")
    moved = dataclasses.replace(sealed, context=PLACES[1])
    with pytest.raises(SecretUnreadable):
        holding(new, old).rewrap(moved)


def test_every_secret_has_a_data_key_of_its_own(vault: Vault) -> None:
    sealed = [vault.seal(Secret("same"), PLACES[0]) for _ in range(50)]
    assert len({one.wrapped_key for one in sealed}) == len({one.ciphertext for one in sealed}) == 50


def test_the_key_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "encryption.key"
    assert FileKeyring.make(file)
    assert file.stat().st_mode & 0o777 == 0o600
    text = file.read_text()
    assert not FileKeyring.make(file)
    assert file.read_text() == text
    assert os.listdir(tmp_path) == ["encryption.key"]  # noqa: PTH208 - hidden ones too


def test_a_key_that_another_process_adds_is_used_without_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "encryption.key"
    FileKeyring.make(file)
    running, other = Vault(FileKeyring(file)), FileKeyring(file)
    first = running.seal(Secret("canary"), PLACES[0])
    added = other.add()
    assert running.newest_key_id() == added != first.key_id
    assert running.open(first) == Secret("canary")
    assert running.open(Vault(other).rewrap(first)) == Secret("canary")
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("half a key")
    assert running.open(first) == Secret("canary")
    file.unlink()
    assert running.open(first) == Secret("canary")
    with pytest.raises(KeyringError):
        FileKeyring(file)


@pytest.mark.parametrize("text", ["", "canary", "k:canary", ":AAAA", "k:" + "A" * 43, "k:ä"])
def test_a_malformed_key_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(KeyringError) as refused:
        parse_keys(text)
    assert "canary" not in str(refused.value)


def test_generated_keys_are_read_back_newest_first() -> None:
    first, second = generate_key(), generate_key()
    assert [key.id for key in parse_keys(f"{first},{second}")] == [
        first.partition(":")[0],
        second.partition(":")[0],
    ]
    with pytest.raises(KeyringError, match="share an id"):
        parse_keys(f"{first} {first}")
