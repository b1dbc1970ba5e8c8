"""``issuers``: whom they name and who their people are, as the operator sees and ends it."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notion_gateway.access.issuer_store import IssuersPerson, IssuerStore
from notion_gateway.settings import Settings
from notion_gateway.storage.opening import open_storage
from notion_gateway.vault.opening import prepare
from tests.cli.processes import Cli
from tests.support.migrated import put_migrated_database

pytestmark = pytest.mark.thorough

OKTA, SIGN_IN = "https://birch.okta.example", "https://sign-in.example"
HEARD = datetime(2026, 11, 29, 8, 30, tzinfo=UTC)


@pytest.fixture
def operator(tmp_path: Path) -> Cli:
    """With an issuer of assertions, and one that people sign in at. Okta knows two people."""
    settings = Settings(gateway_data_dir=tmp_path)
    prepare(settings)
    put_migrated_database(settings.sqlite_file)

    async def link() -> None:
        async with open_storage(settings) as storage:
            store = IssuerStore(storage.database)
            mona = "mona@birch.example"
            await store.link(IssuersPerson(OKTA, "00u1", mona, mona, HEARD, HEARD))
            await store.link(IssuersPerson(OKTA, "00u2", "okta|00u2", None, HEARD, None))

    asyncio.run(link())
    named = [{"name": "okta", "issuer": OKTA, "clients": ["editor"]}]
    variables = {
        "GATEWAY_DATA_DIR": str(tmp_path),
        "GATEWAY_IDENTITY_ISSUERS": json.dumps(named),
        "GATEWAY_OIDC_ISSUER": SIGN_IN,
        "GATEWAY_OIDC_CLIENT_ID": "gateway",
    }
    return Cli(tmp_path, variables)


def shown(operator: Cli, *arguments: str) -> list[dict[str, str | None]]:
    ran = operator("issuers", *arguments, "--json")
    assert ran.code == 0, ran.err
    found: list[dict[str, str | None]] = json.loads(ran.out)
    return found


def test_people_are_shown_and_one_is_forgotten(operator: Cli) -> None:
    by_address, unlinked = shown(operator, "people", OKTA)
    assert (by_address["subject"], by_address["email"]) == ("00u1", "mona@birch.example")
    assert by_address["confirmed_at"] == HEARD.isoformat()
    assert (unlinked["user_id"], unlinked["email"]) == ("okta|00u2", None)

    forgotten = operator("issuers", "forget", "okta", "00u1")

    assert forgotten.code == 0
    assert "links them anew" in forgotten.err
    table = operator("issuers", "people", "okta").out
    assert "00u1" not in table
    assert "never" in table


def test_one_is_revoked_by_its_name_and_restored_by_its_address(operator: Cli) -> None:
    revoked = operator("issuers", "revoke", "okta")

    assert revoked.code == 0
    assert "ended with it: 0" in revoked.err
    (okta, sign_in) = shown(operator, "list")
    assert (okta["issuer"], okta["name"], okta["revoked_by"]) == (OKTA, "okta", "operator")
    assert okta["revoked_at"] is not None
    assert (sign_in["issuer"], sign_in["name"]) == (SIGN_IN, "sign-in")
    assert sign_in["revoked_at"] is None
    # Also once the settings do not name it any more.
    assert operator("issuers", "restore", OKTA, GATEWAY_IDENTITY_ISSUERS="[]").code == 0
    assert [one["revoked_at"] for one in shown(operator, "list")] == [None, None]


def test_what_cannot_be_is_said_in_words(operator: Cli) -> None:
    for arguments, words in [
        (("people", "github"), "The settings name no issuer github."),
        (("revoke", "https://evil.example"), "`notion-gateway issuers list` shows those"),
        (("restore", "okta"), "okta is not revoked."),
        (("forget", "okta", "00u9"), "Nobody is linked to 00u9 of okta."),
        (("forget", "okta"), "issuers forget --help"),
    ]:
        ran = operator("issuers", *arguments)
        assert ran.code != 0, arguments
        assert words in ran.err, (arguments, ran.err)
        assert "Traceback" not in ran.err
