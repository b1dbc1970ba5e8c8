"""Keys that a key service wraps, as an operator meets them: made, served with, refused."""

import json
from pathlib import Path

import httpx2
import pytest

from notion_gateway.vault.key_services import generate_wrapped
from tests.cli.processes import Cli, Ran, connect, gateway, simulator
from tests.cli.stored import settings_in, store
from tests.support.aws_kms import AwsKms
from tests.support.azure_key_vault import AzureKeyVault
from tests.support.gcp_kms import GcpKms
from tests.support.ports import free_port

pytestmark = [pytest.mark.anyio, pytest.mark.thorough]


@pytest.fixture
def cli(aws_kms: AwsKms, tmp_path: Path) -> Cli:
    return Cli(tmp_path, {"GATEWAY_DATA_DIR": str(tmp_path / "data"), **aws_kms.variables})


def assert_told(ran: Ran, code: int, *said: str) -> None:
    assert ran.code == code, ran.err
    for words in said:
        assert words in ran.err
    assert "Traceback" not in ran.err
    assert len([line for line in ran.err.splitlines() if "Error:" in line]) == 1, ran.err


def test_a_running_gateway_needs_no_kms(cli: Cli, aws_kms: AwsKms, tmp_path: Path) -> None:
    ran, port = cli("keys", "generate", "--aws-kms", aws_kms.new_key()), free_port()
    key = ran.out.strip()
    assert ran.code == 0, ran.err
    assert "TOKEN_ENCRYPTION_KEYS" in ran.err
    variables = {**aws_kms.variables, "TOKEN_ENCRYPTION_KEYS": key}
    with (
        simulator(tmp_path, free_port()) as notion,
        gateway(tmp_path, port, NOTION_MCP_URL=f"{notion}/mcp", **variables) as url,
    ):
        tools = Cli(
            tmp_path,
            {
                "NOTION_GATEWAY_URL": url,
                "NOTION_GATEWAY_SPACE": "space",
                "NOTION_GATEWAY_USER": "mona",
            },
        )
        connect(tools)
        aws_kms.stop()
        # So that the refresh token is opened, and the next pair sealed.
        expired = httpx2.post(f"{notion}/_simulator/expire-access-tokens", trust_env=False)
        expired.raise_for_status()
        ran = tools("tools", "list")
        ready = httpx2.get(f"{url}/readyz", trust_env=False)
        aws_kms.start()
    assert ran.code == 0, ran.err
    assert ready.json()["status"] == "ok"
    assert key.rpartition(":")[2] not in (tmp_path / "gateway.log").read_text()


async def test_stored_secrets_are_brought_under_the_next_wrapped_key(
    cli: Cli, aws_kms: AwsKms, tmp_path: Path
) -> None:
    old, new = [await generate_wrapped("aws-kms", aws_kms.new_key()) for _ in range(2)]
    await store(settings_in(tmp_path / "data", token_encryption_keys=old))
    both = f"{new},{old}"

    ran = cli("keys", "rotate", "--json", TOKEN_ENCRYPTION_KEYS=both)
    shown = cli("keys", "list", "--json", TOKEN_ENCRYPTION_KEYS=both)

    new_id, old_id = new.partition(":")[0], old.partition(":")[0]
    assert ran.code == 0, ran.err
    assert json.loads(ran.out) == {"key_id": new_id, "rewrapped": 2, "unreadable": 0}
    assert json.loads(shown.out) == [
        {"id": new_id, "secrets": 2, "available": True},
        {"id": old_id, "secrets": 0, "available": True},
    ]


async def test_a_start_without_kms_or_without_access_says_what_to_do(
    cli: Cli, aws_kms: AwsKms
) -> None:
    under, port = aws_kms.new_key(), str(free_port())
    key = await generate_wrapped("aws-kms", under)
    foreign = "k1:aws-kms:" + "eHh4" * 30

    ran = cli("serve", "--port", port, TOKEN_ENCRYPTION_KEYS=foreign)
    assert_told(ran, 2, "encryption keys: k1 (aws-kms): AWS KMS denies access", "kms:Decrypt")

    aws_kms.stop()
    for options in ([], ["--workers", "2"]):
        ran = cli("serve", "--port", port, *options, TOKEN_ENCRYPTION_KEYS=key)
        assert_told(ran, 3, "AWS KMS cannot be reached", "reaches that service, and try again")
        assert key.rpartition(":")[2] not in ran.err
    assert_told(cli("keys", "generate", "--aws-kms", under), 3, "No key was made: try again")
    aws_kms.start()


def test_google_is_needed_at_the_start_and_not_after_it(gcp_kms: GcpKms, tmp_path: Path) -> None:
    cli = Cli(tmp_path, {"GATEWAY_DATA_DIR": str(tmp_path / "data"), **gcp_kms.variables})
    under, port = gcp_kms.new_key(), free_port()
    both = cli("keys", "generate", "--gcp-kms", under, "--aws-kms", "alias/k")
    assert_told(both, 2, "--aws-kms and --gcp-kms: one key service wraps a key")
    key = cli("keys", "generate", "--gcp-kms", under).out.strip()
    assert f":gcp-kms:{under}/cryptoKeyVersions/1:" in key

    variables = {**gcp_kms.variables, "TOKEN_ENCRYPTION_KEYS": key}
    with gateway(tmp_path, port, **variables) as url:
        gcp_kms.cloud.stop()
        ready = httpx2.get(f"{url}/readyz", trust_env=False)
    assert ready.json()["status"] == "ok"

    ran = cli("serve", "--port", str(port), TOKEN_ENCRYPTION_KEYS=key)
    assert_told(ran, 3, "Google Cloud KMS cannot be reached", "and try again")
    examined = cli("doctor", TOKEN_ENCRYPTION_KEYS=key)
    gcp_kms.cloud.start()
    assert "Google Cloud KMS cannot be reached" in " ".join(examined.out.split())

    gcp_kms.keys[under].state = "DISABLED"
    ran = cli("serve", "--port", str(port), TOKEN_ENCRYPTION_KEYS=key)
    assert_told(ran, 2, "is disabled, about to be destroyed", "Enable it again")
    assert key.rpartition(":")[2] not in ran.err


def test_a_start_without_azure_says_what_to_do(
    azure_key_vault: AzureKeyVault, tmp_path: Path
) -> None:
    cli = Cli(tmp_path, {"GATEWAY_DATA_DIR": str(tmp_path / "data"), **azure_key_vault.variables})
    made = cli("keys", "generate", "--azure-key-vault", azure_key_vault.new_key())
    key = made.out.strip()
    assert azure_key_vault.unwrapped(key)

    azure_key_vault.key(key.split(":", 2)[2].rsplit(":", 2)[0]).forbidden = "KeyDisabled"
    ran = cli("serve", "--port", str(free_port()), TOKEN_ENCRYPTION_KEYS=key)

    assert_told(ran, 2, "is disabled, expired or not valid yet", "Enable it again")
    assert key.rpartition(":")[2] not in ran.err
