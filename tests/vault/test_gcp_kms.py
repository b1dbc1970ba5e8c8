"""Encryption keys that Google Cloud KMS wraps: opened at the start, bound to their id, checked for
what was altered on the way, faults told apart.
"""

import asyncio
import base64
import json
import logging
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import stamina.instrumentation
from google.api_core.client_logging import StructuredLogFormatter

from notion_gateway.kernel.log import configure_logging
from notion_gateway.vault import gcp_kms as adapter
from notion_gateway.vault import key_services
from notion_gateway.vault.key_services import generate_wrapped
from notion_gateway.vault.keyring import KeyringError, KeyServiceUnavailable, generate_key
from notion_gateway.vault.opening import open_keyring, prepare
from tests.support.cloud import HOST, Answer, Asked, Away
from tests.support.gcp_kms import RING, GcpKms, checksum, fault
from tests.vault.wrapped_keys import put_off, refused, settings

pytestmark = pytest.mark.anyio


@pytest.fixture
def one_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_services, "_ATTEMPTS", 1)


async def wrapped(kms: GcpKms) -> str:
    return await generate_wrapped("gcp-kms", kms.new_key())


async def test_an_entry_names_the_version_that_wrapped_it_and_opens_beside_others(
    gcp_kms: GcpKms, tmp_path: Path
) -> None:
    under = gcp_kms.new_key()
    entry, plain = await generate_wrapped("gcp-kms", under), generate_key()
    assert f":gcp-kms:{under}/cryptoKeyVersions/1:" in entry

    keys = (await open_keyring(settings(tmp_path, entry, plain))).current()

    assert keys[0].id == entry.partition(":")[0]
    assert keys[0].material == gcp_kms.unwrapped(entry)
    assert keys[1].id == plain.partition(":")[0]


async def test_what_was_wrapped_before_the_service_rotates_its_key_still_opens(
    gcp_kms: GcpKms, tmp_path: Path
) -> None:
    under = gcp_kms.new_key()
    before = await generate_wrapped("gcp-kms", under)
    gcp_kms.keys[under].rotate()
    after = await generate_wrapped("gcp-kms", under)
    assert "/cryptoKeyVersions/2:" in after

    keys = (await open_keyring(settings(tmp_path, after, before))).current()

    assert [key.material for key in keys] == [gcp_kms.unwrapped(one) for one in (after, before)]


async def test_google_is_asked_at_the_start_only(gcp_kms: GcpKms, tmp_path: Path) -> None:
    mine = settings(tmp_path, await wrapped(gcp_kms))
    keyring = await open_keyring(mine)
    asked = len(gcp_kms.cloud.asked)
    gcp_kms.cloud.stop()
    prepare(mine)
    assert len(keyring.current()) == 1
    assert len(gcp_kms.cloud.asked) == asked == 2
    gcp_kms.cloud.start()


async def test_what_was_wrapped_for_one_id_does_not_open_under_another(
    gcp_kms: GcpKms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def for_other(entry: str) -> str:
        return f"other:{entry.partition(':')[2]}"

    told = await refused(settings(tmp_path, for_other(await wrapped(gcp_kms))))
    assert "other (gcp-kms): is not what Google Cloud KMS wrapped for this id" in told

    def bound_to_nothing(_: str) -> bytes:
        return b""

    # Without the binding it would open: it is the binding that refuses it above.
    monkeypatch.setattr(adapter, "_bound_to", bound_to_nothing)
    (key,) = (await open_keyring(settings(tmp_path, for_other(await wrapped(gcp_kms))))).current()
    assert key.id == "other"


def altered(change: Callable[[dict[str, Any]], None], honest: Callable[[Asked], Answer]) -> Any:
    def answer(asked: Asked) -> Answer:
        given = honest(asked)
        body = dict(given.body)
        change(body)
        return Answer(given.status, body)

    return answer


def always(answer: Answer) -> Callable[[Asked], Answer]:
    return lambda _: answer


def other_plaintext(body: dict[str, Any]) -> None:
    if "plaintext" in body:
        body["plaintext"] = base64.b64encode(b"x" * 32).decode()


def other_ciphertext(body: dict[str, Any]) -> None:
    body["ciphertext"] = base64.b64encode(b"x" * 60).decode()


def key_not_verified(body: dict[str, Any]) -> None:
    body["verifiedPlaintextCrc32c"] = False


def binding_not_verified(body: dict[str, Any]) -> None:
    del body["verifiedAdditionalAuthenticatedDataCrc32c"]


def other_key(body: dict[str, Any]) -> None:
    body["name"] = f"{RING}/cryptoKeys/other/cryptoKeyVersions/1"


@pytest.mark.usefixtures("one_try")
async def test_a_key_that_was_altered_on_its_way_back_is_not_taken(
    gcp_kms: GcpKms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = settings(tmp_path, await wrapped(gcp_kms))
    gcp_kms.cloud.answer = altered(other_plaintext, gcp_kms.answer)

    assert "the checksums differ" in await put_off(mine)

    # Without the comparison it would be taken, and seal what nobody else can open.
    def believe(*_: bool) -> None:
        return None

    monkeypatch.setattr(adapter, "_see_that_it_arrived", believe)
    (key,) = (await open_keyring(mine)).current()
    assert key.material == b"x" * 32


@pytest.mark.usefixtures("one_try")
@pytest.mark.parametrize(
    "change", [other_ciphertext, key_not_verified, binding_not_verified, other_key]
)
async def test_no_entry_is_made_of_an_answer_that_does_not_fit_what_was_asked(
    gcp_kms: GcpKms, change: Callable[[dict[str, Any]], None]
) -> None:
    gcp_kms.cloud.answer = altered(change, gcp_kms.answer)
    with pytest.raises(KeyServiceUnavailable, match="the checksums differ"):
        await wrapped(gcp_kms)


async def test_a_request_that_is_altered_on_its_way_is_refused_by_its_checksum(
    gcp_kms: GcpKms, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(data: bytes) -> int:
        return int(checksum(data)) ^ 1

    monkeypatch.setattr(adapter, "_checksum", wrong)
    with pytest.raises(KeyringError, match="does not take that key"):
        await wrapped(gcp_kms)


async def test_a_kms_that_comes_back_within_a_few_tries_is_waited_for(
    gcp_kms: GcpKms, tmp_path: Path
) -> None:
    mine = settings(tmp_path, await wrapped(gcp_kms))
    retried = asyncio.Event()

    def hook(details: stamina.instrumentation.RetryDetails) -> None:
        assert "KeyServiceUnavailable" in repr(details.caused_by)
        retried.set()

    before = stamina.instrumentation.get_on_retry_hooks()
    stamina.instrumentation.set_on_retry_hooks([hook])
    try:
        gcp_kms.cloud.stop()
        opening = asyncio.create_task(open_keyring(mine))
        await retried.wait()
        gcp_kms.cloud.start()
        assert len((await opening).current()) == 1
    finally:
        stamina.instrumentation.set_on_retry_hooks(before)


@pytest.mark.usefixtures("one_try")
async def test_a_kms_that_is_away_cuts_off_or_hangs_is_told_as_that(
    gcp_kms: GcpKms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = settings(tmp_path, await wrapped(gcp_kms))

    def cut(_: Asked) -> Answer:
        raise Away

    def hang(_: Asked) -> Answer:
        gcp_kms.cloud.stopped.wait()
        raise Away

    gcp_kms.cloud.answer = cut
    assert "Google Cloud KMS cannot be reached (ProxyError)" in await put_off(mine)

    with monkeypatch.context() as hurried:
        hurried.setattr(adapter, "_ANSWER_SECONDS", 0.2)
        gcp_kms.cloud.answer = hang
        assert "cannot be reached (ReadTimeout)" in await put_off(mine)

    with socket.create_server((HOST, 0)) as nobody:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{HOST}:{nobody.getsockname()[1]}")
    assert "cannot be reached (ProxyError)" in await put_off(mine)
    monkeypatch.setenv("HTTPS_PROXY", gcp_kms.cloud.url)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    assert "cannot be reached (SSLError)" in await put_off(mine)


async def test_each_refusal_has_its_own_words(
    gcp_kms: GcpKms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    under = gcp_kms.new_key()
    entry = await generate_wrapped("gcp-kms", under)
    mine = settings(tmp_path, entry)

    for cut_off in (entry[:-8], "k:gcp-kms:*", f"k:gcp-kms:{under}/cryptoKeyVersions/1:*"):
        assert "cut off or altered" in await refused(settings(tmp_path, cut_off))
    other = entry.replace(under, gcp_kms.new_key())
    assert "wrapped under another id or key" in await refused(settings(tmp_path, other))
    elsewhere = settings(tmp_path, entry.replace("europe-west1", "global"))
    assert "no such key at this location" in await refused(elsewhere)
    for name in ("alias/k", f"{under}/cryptoKeyVersions/1"):
        with pytest.raises(KeyringError, match="Name a symmetric one as projects/"):
            await generate_wrapped("gcp-kms", name)

    gcp_kms.keys[under].state = "DISABLED"
    assert "disabled, about to be destroyed" in await refused(mine)

    with monkeypatch.context() as foreign:
        account = json.loads(gcp_kms.credentials.read_text())
        account["client_email"] = "other@team.iam.gserviceaccount.com"
        file = tmp_path / "other.json"
        file.write_text(json.dumps(account))
        foreign.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
        assert "Google does not accept these credentials" in await refused(mine)
        file.write_text("{}")
        assert "there are no Google credentials" in await refused(mine)
        foreign.delenv("GOOGLE_APPLICATION_CREDENTIALS")
        foreign.setenv("HOME", str(tmp_path))
        assert "set GOOGLE_APPLICATION_CREDENTIALS" in await refused(mine)
    with monkeypatch.context() as without:
        without.delitem(sys.modules, "notion_gateway.vault.gcp_kms")
        without.setitem(sys.modules, "google.cloud.kms_v1", None)
        assert "install notion-mcp-gateway[gcp-kms]" in await refused(mine)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (fault(429, "RESOURCE_EXHAUSTED"), "cannot answer just now (RESOURCE_EXHAUSTED)"),
        (fault(503, "UNAVAILABLE"), "cannot answer just now (UNAVAILABLE)"),
        (fault(500, "INTERNAL"), "cannot answer just now (INTERNAL)"),
        (Answer(502, b"<html>"), "cannot answer just now (502)"),
        (Answer(200, b"<html>just now"), "what answers is not Google Cloud KMS"),
        (fault(403, "PERMISSION_DENIED"), "denies access. Give this identity roles/cloudkms"),
        (fault(404, "NOT_FOUND"), "no such key at this location"),
        (fault(418, "SOMETHING_NEW"), "Google Cloud KMS refuses (SOMETHING_NEW)"),
    ],
)
async def test_what_google_answers_is_tried_again_only_where_that_may_help(
    gcp_kms: GcpKms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer, told: str
) -> None:
    mine = settings(tmp_path, await wrapped(gcp_kms))
    monkeypatch.setattr(key_services, "_ATTEMPTS", 2)
    gcp_kms.cloud.answer = always(answer)
    gcp_kms.cloud.asked.clear()

    passes = "just now" in told or answer.status == 200
    said = await (put_off if passes else refused)(mine)

    assert told in said
    assert "canary" not in said
    assert len(gcp_kms.cloud.asked) == (2 if passes else 1)


@pytest.mark.usefixtures("logging_restored")
async def test_no_log_line_holds_a_key_at_level_debug_either(
    gcp_kms: GcpKms, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async def made_and_opened() -> str:
        entry = await wrapped(gcp_kms)
        await open_keyring(settings(tmp_path, entry))
        return base64.b64encode(gcp_kms.unwrapped(entry)).decode()

    configure_logging("json", "debug")
    # As Google's library does it by itself where GOOGLE_SDK_PYTHON_LOGGING_SCOPE says "google".
    written = logging.StreamHandler(sys.stderr)
    written.setFormatter(StructuredLogFormatter())
    library = logging.getLogger("google")
    library.addHandler(written)
    library.setLevel(logging.DEBUG)
    try:
        capfd.readouterr()
        key = await made_and_opened()
        assert key not in capfd.readouterr().err

        # Without that care for Google's library it would stand there.
        logging.getLogger("google.cloud.kms_v1").setLevel(logging.DEBUG)
        key = await made_and_opened()
        assert key in capfd.readouterr().err
    finally:
        library.removeHandler(written)
        library.setLevel(logging.NOTSET)
