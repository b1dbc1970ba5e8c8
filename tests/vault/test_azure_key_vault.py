"""Encryption keys that Azure Key Vault wraps: opened at the start, bound to their id by what is
wrapped with them, faults told apart.
"""

import base64
import logging
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from notion_gateway.kernel.log import configure_logging
from notion_gateway.vault import azure_key_vault as adapter
from notion_gateway.vault import key_services
from notion_gateway.vault.key_services import generate_wrapped
from notion_gateway.vault.keyring import KeyringError, generate_key
from notion_gateway.vault.opening import open_keyring, prepare
from tests.support.azure_key_vault import HSM, VAULT, AzureKeyVault, fault
from tests.support.cloud import HOST, Answer, Asked, Away
from tests.vault.wrapped_keys import put_off, refused, settings

pytestmark = pytest.mark.anyio


@pytest.fixture
def one_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_services, "_ATTEMPTS", 1)


async def wrapped(vault: AzureKeyVault) -> str:
    return await generate_wrapped("azure-key-vault", vault.new_key())


@pytest.mark.parametrize(("host", "kind"), [(VAULT, "RSA"), (HSM, "RSA-HSM")])
async def test_an_entry_names_the_version_that_wrapped_it_and_opens_beside_others(
    azure_key_vault: AzureKeyVault, tmp_path: Path, host: str, kind: str
) -> None:
    under = azure_key_vault.new_key(host, kind)
    entry, plain = await generate_wrapped("azure-key-vault", under), generate_key()
    (version,) = azure_key_vault.key(under).versions
    assert f":azure-key-vault:{under}/{version}:RSA-OAEP-256:" in entry

    keys = (await open_keyring(settings(tmp_path, entry, plain))).current()

    assert keys[0].id == entry.partition(":")[0]
    assert keys[0].material == azure_key_vault.unwrapped(entry)
    assert keys[1].id == plain.partition(":")[0]


async def test_what_was_wrapped_before_the_service_rotates_its_key_still_opens(
    azure_key_vault: AzureKeyVault, tmp_path: Path
) -> None:
    under = azure_key_vault.new_key()
    before = await generate_wrapped("azure-key-vault", under)
    version = azure_key_vault.key(under).rotate()
    after = await generate_wrapped("azure-key-vault", under)
    assert version in after
    assert version not in before

    keys = (await open_keyring(settings(tmp_path, after, before))).current()

    expected = [azure_key_vault.unwrapped(one) for one in (after, before)]
    assert [key.material for key in keys] == expected


async def test_azure_is_asked_at_the_start_only(
    azure_key_vault: AzureKeyVault, tmp_path: Path
) -> None:
    mine = settings(tmp_path, await wrapped(azure_key_vault))
    keyring = await open_keyring(mine)
    asked = len(azure_key_vault.cloud.asked)
    azure_key_vault.cloud.stop()
    prepare(mine)
    assert len(keyring.current()) == 1
    assert len(azure_key_vault.cloud.asked) == asked
    azure_key_vault.cloud.start()


async def test_what_was_wrapped_for_one_id_does_not_open_under_another(
    azure_key_vault: AzureKeyVault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def for_other(entry: str) -> str:
        return f"other:{entry.partition(':')[2]}"

    told = await refused(settings(tmp_path, for_other(await wrapped(azure_key_vault))))
    assert "other (azure-key-vault): is not what Azure Key Vault wrapped for this id" in told

    def bound_to_nothing(_: str) -> bytes:
        return b""

    # Without the binding it would open: it is the binding that refuses it above.
    monkeypatch.setattr(adapter, "_bound_to", bound_to_nothing)
    mine = settings(tmp_path, for_other(await wrapped(azure_key_vault)))
    (key,) = (await open_keyring(mine)).current()
    assert key.id == "other"


async def test_a_key_that_was_altered_on_its_way_back_is_not_taken(
    azure_key_vault: AzureKeyVault, tmp_path: Path
) -> None:
    mine = settings(tmp_path, await wrapped(azure_key_vault))

    def altered(asked: Asked) -> Answer:
        given = azure_key_vault.answer(asked)
        if "unwrapkey" in asked.path and given.status == 200:
            return Answer(200, {**given.body, "value": "eHh4" * 16})
        return given

    azure_key_vault.cloud.answer = altered
    assert "cut off or altered" in await refused(mine)


@pytest.mark.usefixtures("one_try")
async def test_a_vault_that_is_away_cuts_off_or_hangs_is_told_as_that(
    azure_key_vault: AzureKeyVault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = settings(tmp_path, await wrapped(azure_key_vault))

    def when_unwrapping(fail: Callable[[], object]) -> Callable[[Asked], Answer]:
        def answer(asked: Asked) -> Answer:
            if "unwrapkey" in asked.path:
                fail()
                raise Away
            return azure_key_vault.answer(asked)

        return answer

    azure_key_vault.cloud.answer = when_unwrapping(lambda: None)
    assert "Azure Key Vault cannot be reached (ServiceRe" in await put_off(mine)

    with monkeypatch.context() as hurried:
        hurried.setattr(adapter, "_ANSWER_SECONDS", 0.5)
        azure_key_vault.cloud.answer = when_unwrapping(azure_key_vault.cloud.stopped.wait)
        assert "cannot be reached (ServiceRe" in await put_off(mine)

    azure_key_vault.cloud.answer = azure_key_vault.answer
    with socket.create_server((HOST, 0)) as nobody, monkeypatch.context() as away:
        away.setenv("HTTPS_PROXY", f"http://{HOST}:{nobody.getsockname()[1]}")
        nobody.close()
        assert "cannot be reached (ServiceRequestError)" in await put_off(mine)
    with monkeypatch.context() as untrusted:
        untrusted.delenv("REQUESTS_CA_BUNDLE")
        assert "cannot be reached (ServiceRequestError)" in await put_off(mine)
    with monkeypatch.context() as without:
        without.setenv("IDENTITY_HEADER", "another machine's")
        assert "Azure gives no access token. Give this machine a managed" in await put_off(mine)
    azure_key_vault.accepted.clear()
    assert "Azure Key Vault does not accept these credentials" in await refused(mine)


async def test_each_refusal_has_its_own_words(
    azure_key_vault: AzureKeyVault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    under = azure_key_vault.new_key()
    entry = await generate_wrapped("azure-key-vault", under)
    mine = settings(tmp_path, entry)
    (version,) = azure_key_vault.key(under).versions

    start = f"k:azure-key-vault:{under}"
    for cut_off in (
        entry[:-8],
        "k:azure-key-vault:*",
        f"{start}/{version}:RSA-OAEP-256:*",
        f"{start}/{version}:RSA1_5:eHh4",
        f"{start}:RSA-OAEP-256:eHh4",
        entry.replace("https", "http"),
    ):
        assert "cut off or altered" in await refused(settings(tmp_path, cut_off))
    other = entry.replace(version, azure_key_vault.key(under).rotate())
    assert "wrapped under another id or key" in await refused(settings(tmp_path, other))
    elsewhere = settings(tmp_path, entry.replace(VAULT, HSM))
    assert "no such key, or no such version" in await refused(elsewhere)
    symmetric = azure_key_vault.new_key(HSM, "oct-HSM")
    for name in ("alias/k", under.replace("https", "http"), symmetric):
        with pytest.raises(KeyringError, match="Name an RSA key of a vault or a Managed HSM"):
            await generate_wrapped("azure-key-vault", name)
    with monkeypatch.context() as without:
        without.delitem(sys.modules, "notion_gateway.vault.azure_key_vault")
        without.setitem(sys.modules, "azure.identity", None)
        assert "install notion-mcp-gateway[azure-key-vault]" in await refused(mine)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (fault(429, "Throttled"), "cannot answer just now (429)"),
        (fault(503, "ServiceUnavailable"), "cannot answer just now (503)"),
        (fault(403, "Forbidden", "ForbiddenByRbac"), "denies access. Give this identity the role"),
        (fault(403, "Forbidden", "ForbiddenByFirewall"), "firewall of the Azure Key Vault"),
        (fault(403, "Forbidden", "KeyDisabled"), "is disabled, expired or not valid yet"),
        (fault(403, "Forbidden", "KeyOperationForbidden"), "or may not wrap"),
        (fault(404, "KeyNotFound"), "no such key"),
        (fault(418, "Something", "New"), "Azure Key Vault refuses (418 New)"),
        (Answer(200, b"<html>just now"), "what answers is not Azure Key Vault"),
    ],
)
async def test_what_azure_answers_is_tried_again_only_where_that_may_help(
    azure_key_vault: AzureKeyVault,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
    told: str,
) -> None:
    mine = settings(tmp_path, await wrapped(azure_key_vault))
    monkeypatch.setattr(key_services, "_ATTEMPTS", 2)
    unwrapping = list[str]()

    def answered(asked: Asked) -> Answer:
        if "unwrapkey" not in asked.path:
            return azure_key_vault.answer(asked)
        unwrapping.append(asked.path)
        return answer

    azure_key_vault.cloud.answer = answered
    passes = "just now" in told or answer.status == 200
    said = await (put_off if passes else refused)(mine)

    assert told in said
    assert "canary" not in said
    assert len(unwrapping) == (2 if passes else 1)


@pytest.mark.usefixtures("logging_restored")
async def test_no_log_line_holds_a_key_or_a_token_at_level_debug_either(
    azure_key_vault: AzureKeyVault, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    entry = await wrapped(azure_key_vault)
    mine = settings(tmp_path, entry)
    key = base64.urlsafe_b64encode(azure_key_vault.unwrapped(entry)).decode()
    configure_logging("json", "debug")
    capfd.readouterr()
    await open_keyring(mine)
    said = capfd.readouterr().err
    assert key[:40] not in said
    assert azure_key_vault.token not in said
    assert "unwrapkey" not in said

    # Without that care for Azure's library, it would log each request.
    logging.getLogger("azure").setLevel(logging.DEBUG)
    await open_keyring(mine)
    assert "unwrapkey" in capfd.readouterr().err
