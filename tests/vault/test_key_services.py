"""What holds for every key service: its library is loaded where an entry names it, and else not."""

import subprocess
import sys

import pytest

_START = """
import asyncio, sys
import notion_gateway.app
from notion_gateway.vault.key_services import SERVICES, unwrap_all
from notion_gateway.vault.keyring import KeyringError, generate_key, parse_entries
try:
    asyncio.run(unwrap_all(parse_entries(" ".join([generate_key(), *sys.argv[1:]]), SERVICES)))
except KeyringError:
    pass
print(*sorted({"azure.core", "boto3", "google.auth"} & sys.modules.keys()))
"""


@pytest.mark.parametrize(
    ("entries", "loaded"),
    [
        ([], ""),
        (["k:aws-kms:*"], "boto3"),
        (["k:gcp-kms:*"], "google.auth"),
        (["k:azure-key-vault:*"], "azure.core"),
    ],
)
def test_a_clouds_library_is_loaded_only_where_an_entry_names_its_service(
    entries: list[str], loaded: str
) -> None:
    command = [sys.executable, "-c", _START, *entries]
    ran = subprocess.run(  # noqa: S603 - our own program
        command,
        check=True,
        capture_output=True,
        text=True,
        env={"AWS_REGION": "eu-west-1", "NO_GCE_CHECK": "true"},
    )
    assert ran.stdout.strip() == loaded
