"""keys generate, list and rotate: beside a running gateway, cut short, and with keys missing."""

import json
import os
from pathlib import Path

import pytest
from joserfc.jwk import OKPKey

from notion_gateway.settings import ConfigurationError, GivenSettings, Settings
from notion_gateway.vault.keyring import FileKeyring, generate_key, parse_keys
from notion_gateway.vault.rotation import open_rotation
from tests.cli.processes import Cli, Pair
from tests.cli.stored import settings_in, store
from tests.support.databases import PostgresServer, new_database

pytestmark = pytest.mark.anyio


def in_folder(folder: Path, **variables: str) -> Cli:
    return Cli(folder, {"GATEWAY_DATA_DIR": str(folder / "data"), **variables})


async def stored(settings: Settings) -> list[tuple[str, int]]:
    """Ids of the keys, newest first, and how many secrets each one wraps."""
    async with open_rotation(settings) as keys:
        usage = await keys.secrets.count_by_key()
        return [(one, usage.get(one, 0)) for one in keys.ids()]


def test_a_generated_key_is_one_that_the_gateway_takes_and_stands_on_stdout_only(
    tmp_path: Path,
) -> None:
    ran = in_folder(tmp_path)("keys", "generate")

    assert ran.code == 0
    (key,) = parse_keys(ran.out)
    assert ran.out.strip().partition(":")[2] not in ran.err
    assert key.id not in ran.err
    assert "TOKEN_ENCRYPTION_KEYS" in ran.err


def test_an_applications_key_has_two_halves_and_the_gateway_gets_its_public_half_only(
    tmp_path: Path,
) -> None:
    ran = in_folder(tmp_path)("keys", "application", "--name", "crm")

    assert ran.code == 0
    private, applications = (line.partition("=")[2] for line in ran.out.splitlines())
    assert ran.out.startswith("GATEWAY_APPLICATION_KEY={")
    assert " " not in ran.out, "env files of compose, kubectl and systemd read it alike"
    settings = GivenSettings.model_validate({"gateway_applications": applications})
    (known,) = settings.applications()
    assert known.jwks is not None
    assert known.jwks["keys"] == [OKPKey.import_key(json.loads(private)).as_dict(private=False)]
    assert known.name == "crm"
    assert json.loads(private)["d"] not in applications + ran.err


@pytest.mark.promise("threats:49")
async def test_a_rotation_beside_a_running_gateway_moves_every_secret_and_no_call_notices(
    tools: Cli, pair: Pair, tmp_path: Path
) -> None:
    keys = Cli(tmp_path, {"GATEWAY_DATA_DIR": str(pair.data)})
    settings = settings_in(pair.data)
    ((old, secrets),) = await stored(settings)

    ran = keys("keys", "rotate", "--json")

    assert ran.code == 0, ran.err
    done = json.loads(ran.out)
    assert (done["rewrapped"], done["unreadable"]) == (secrets, 0)
    assert json.loads(keys("keys", "list", "--json").out) == [
        {"id": done["key_id"], "secrets": secrets, "available": True},
        {"id": old, "secrets": 0, "available": True},
    ]
    assert tools("tools", "list").code == 0
    text = (pair.data / "encryption.key").read_text()
    for key in text.split():
        assert key.partition(":")[2] not in ran.out + ran.err


async def test_a_rotation_that_was_cut_short_is_ended_without_another_key(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "data")
    await store(settings)
    new = FileKeyring(settings.key_file).add()
    before = await stored(settings)
    assert [count for _, count in before] == [0, 2]

    ran = in_folder(tmp_path)("keys", "rotate")

    assert ran.code == 0
    assert "cut short" in ran.err
    assert await stored(settings) == [(new, 2), (before[1][0], 0)]


async def test_on_postgresql_the_first_of_the_given_keys_takes_over(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    old, new, url = generate_key(), generate_key(), postgres.url(await new_database(postgres))
    await store(settings_in(tmp_path, database_url=url, token_encryption_keys=old))
    both = f"{new},{old}"

    ran = in_folder(tmp_path, DATABASE_URL=url, TOKEN_ENCRYPTION_KEYS=both)("keys", "rotate")

    assert ran.code == 0, ran.err
    settings = settings_in(tmp_path, database_url=url, token_encryption_keys=both)
    assert [count for _, count in await stored(settings)] == [2, 0]
    assert not (tmp_path / "data").exists()


async def test_secrets_whose_key_is_gone_are_counted_named_and_left(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "data")
    await store(settings)
    lost = FileKeyring(settings.key_file).current()[0].id
    settings.key_file.write_text(generate_key())
    settings.key_file.chmod(0o600)
    cli = in_folder(tmp_path)

    ran = cli("keys", "rotate")
    shown = cli("keys", "list")

    assert ran.code == 1
    assert "2 secrets are under keys that are not here" in ran.err
    assert shown.code == 1
    assert lost in shown.out
    assert "not here" in shown.out


async def test_a_key_file_of_another_user_is_not_replaced_by_one_that_user_cannot_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_in(tmp_path)
    await store(settings)
    before = settings.key_file.read_text()

    async with open_rotation(settings) as keys:
        monkeypatch.setattr(os, "geteuid", lambda: settings.key_file.stat().st_uid + 1)
        assert keys.add is not None
        with pytest.raises(ConfigurationError, match="another user"):
            keys.add()

    assert settings.key_file.read_text() == before


def test_where_there_is_nothing_yet_nothing_is_made(tmp_path: Path) -> None:
    ran = in_folder(tmp_path)("keys", "rotate")

    assert ran.code == 2
    assert "first start" in ran.err
    assert not (tmp_path / "data").exists()
