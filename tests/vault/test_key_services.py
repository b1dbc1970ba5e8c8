"""What holds for every key service: its library is loaded where an entry names it, and else not."""

import subprocess
import sys

from tests.support.waiting import PATIENCE_SECONDS

_STARTS = """
import asyncio, os, sys
import notion_gateway.app
from notion_gateway.vault.key_services import SERVICES, unwrap_all
from notion_gateway.vault.keyring import KeyringError, generate_key, parse_entries

def start(*entries):
    try:
        asyncio.run(unwrap_all(parse_entries(" ".join([generate_key(), *entries]), SERVICES)))
    except KeyringError:
        pass
    loaded = {"azure.core", "boto3", "google.auth"} & sys.modules.keys()
    print(*entries, *sorted(loaded), flush=True)

for entries in ((), *([one] for one in sys.argv[1:])):
    if (child := os.fork()) == 0:  # each start in a process of its own, with the gateway loaded
        start(*entries)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
"""


def test_a_clouds_library_is_loaded_only_where_an_entry_names_its_service() -> None:
    entries = ("k:aws-kms:*", "k:gcp-kms:*", "k:azure-key-vault:*")
    ran = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", _STARTS, *entries],
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env={"AWS_REGION": "eu-west-1", "NO_GCE_CHECK": "true"},
    )

    assert ran.stdout.splitlines() == [
        "",
        "k:aws-kms:* boto3",
        "k:gcp-kms:* google.auth",
        "k:azure-key-vault:* azure.core",
    ]
