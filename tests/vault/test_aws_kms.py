"""Encryption keys that AWS KMS wraps: opened at the start, bound to their id, faults told apart."""

import asyncio
import base64
import json
import logging
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import stamina.instrumentation
from aiohttp import web

from notion_gateway.kernel.log import configure_logging
from notion_gateway.settings import ConfigurationError, NamedServiceUnavailable
from notion_gateway.vault import aws_kms as adapter
from notion_gateway.vault import key_services
from notion_gateway.vault.key_services import generate_wrapped
from notion_gateway.vault.keyring import KeyringError, generate_key, parse_keys
from notion_gateway.vault.opening import open_keyring, prepare
from notion_gateway.vault.vault import EncryptionKey
from tests.support.aws_kms import HOST, AwsKms, variables_for
from tests.vault.wrapped_keys import refused, settings

pytestmark = pytest.mark.anyio


async def test_wrapped_keys_stand_beside_others_in_their_order(
    aws_kms: AwsKms, tmp_path: Path
) -> None:
    wrapped = await generate_wrapped("aws-kms", aws_kms.new_key())
    plain = generate_key()

    keys = (await open_keyring(settings(tmp_path, wrapped, plain))).current()

    assert keys[0].id == wrapped.partition(":")[0]
    assert keys[0].material == aws_kms.unwrapped(wrapped)
    assert list(keys[1:]) == list(parse_keys(plain))


async def test_kms_is_asked_at_the_start_only(aws_kms: AwsKms, tmp_path: Path) -> None:
    mine = settings(tmp_path, await generate_wrapped("aws-kms", aws_kms.new_key()))
    keyring = await open_keyring(mine)
    aws_kms.stop()
    prepare(mine)
    assert len(keyring.current()) == 1
    aws_kms.start()


async def test_what_was_wrapped_for_one_id_does_not_open_under_another(
    aws_kms: AwsKms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    under = aws_kms.new_key()
    _, _, wrapped = (await generate_wrapped("aws-kms", under)).split(":")

    told = await refused(settings(tmp_path, f"other:aws-kms:{wrapped}"))

    assert "other (aws-kms): is not what AWS KMS wrapped for this id" in told

    def bound_to_nothing(_: str) -> Mapping[str, str]:
        return {}

    # Without the binding it would open: it is the binding that refuses it above.
    monkeypatch.setattr(adapter, "_bound_to", bound_to_nothing)
    _, _, wrapped = (await generate_wrapped("aws-kms", under)).split(":")
    (key,) = (await open_keyring(settings(tmp_path, f"other:aws-kms:{wrapped}"))).current()
    assert key.id == "other"


async def test_a_kms_that_comes_back_within_a_few_tries_is_waited_for(
    aws_kms: AwsKms, tmp_path: Path
) -> None:
    mine = settings(tmp_path, await generate_wrapped("aws-kms", aws_kms.new_key()))
    retried = asyncio.Event()

    def hook(details: stamina.instrumentation.RetryDetails) -> None:
        assert "KeyServiceUnavailable" in repr(details.caused_by)
        retried.set()

    before = stamina.instrumentation.get_on_retry_hooks()
    stamina.instrumentation.set_on_retry_hooks([hook])
    try:
        aws_kms.stop()
        opening = asyncio.create_task(open_keyring(mine))
        await retried.wait()
        aws_kms.start()
        assert len((await opening).current()) == 1
    finally:
        stamina.instrumentation.set_on_retry_hooks(before)


async def test_a_kms_that_stays_away_is_told_as_that(
    aws_kms: AwsKms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = settings(tmp_path, await generate_wrapped("aws-kms", aws_kms.new_key()))
    with socket.create_server((HOST, 0)) as nobody:
        url = f"http://{HOST}:{nobody.getsockname()[1]}"
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", url)
    monkeypatch.setattr(key_services, "_ATTEMPTS", 1)

    with pytest.raises(NamedServiceUnavailable, match=r"cannot be reached \(EndpointConnection"):
        await open_keyring(mine)


async def test_each_refusal_has_its_own_words(
    aws_kms: AwsKms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapped = await generate_wrapped("aws-kms", aws_kms.new_key())
    key_id, _, blob = wrapped.split(":")
    mine = settings(tmp_path, wrapped)

    # moto refuses the ciphertext of a key that it does not have, as AWS does.
    foreign = settings(tmp_path, f"{key_id}:aws-kms:{'eHh4' * 30}")
    assert "denies access. Allow this identity kms:Decrypt" in await refused(foreign)
    assert "cut off or altered" in await refused(settings(tmp_path, f"k:aws-kms:{blob[:-5]}"))
    assert "cut off or altered" in await refused(settings(tmp_path, "k:aws-kms:*"))

    with pytest.raises(KeyringError, match="no such key in this region"):
        await generate_wrapped("aws-kms", "11111111-2222-3333-4444-555555555555")

    with monkeypatch.context() as without:
        without.delenv("AWS_REGION")
        assert "Set AWS_REGION" in await refused(mine)
    with monkeypatch.context() as without:
        without.delenv("AWS_ACCESS_KEY_ID")
        without.delenv("AWS_SECRET_ACCESS_KEY")
        without.setenv("HOME", str(tmp_path))
        assert "there are no AWS credentials" in await refused(mine)
    with monkeypatch.context() as wrong:
        wrong.setenv("AWS_ENDPOINT_URL_KMS", "no address")
        assert "AWS's settings cannot be used (ValueError)" in await refused(mine)
    with monkeypatch.context() as without:
        without.delitem(sys.modules, "notion_gateway.vault.aws_kms")
        without.setitem(sys.modules, "boto3.session", None)
        assert "install notion-mcp-gateway[aws-kms]" in await refused(mine)


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [
        (400, "ThrottlingException", "cannot answer just now (ThrottlingException)"),
        (503, "", "cannot answer just now"),
        (400, "ExpiredTokenException", "AWS does not accept these credentials"),
        (400, "AccessDeniedException", "denies access"),
        (400, "DisabledException", "disabled, or about to be deleted"),
        (400, "SomethingNew", "AWS KMS refuses (SomethingNew)"),
    ],
)
async def test_what_aws_answers_is_tried_again_only_where_that_may_help(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, status: int, code: str, told: str
) -> None:
    monkeypatch.setattr(key_services, "_ATTEMPTS", 2)
    asked = list[str]()

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.headers["X-Amz-Target"])
        text = json.dumps({"__type": code, "message": "canary-of-aws"})
        return web.Response(status=status, text=text, content_type="application/x-amz-json-1.1")

    app = web.Application()
    app.router.add_post("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0)
    await site.start()
    url = f"http://{HOST}:{runner.addresses[0][1]}"
    for name, value in variables_for(url).items():
        monkeypatch.setenv(name, value)
    try:
        with pytest.raises(ConfigurationError) as caught:
            await open_keyring(settings(tmp_path, "k:aws-kms:AAAA"))
    finally:
        await runner.cleanup()

    passes = "just now" in told
    assert told in str(caught.value)
    assert "canary" not in str(caught.value)
    assert isinstance(caught.value, NamedServiceUnavailable) == passes
    assert asked == ["TrentService.Decrypt"] * (2 if passes else 1)


async def test_what_opens_must_be_a_key(aws_kms: AwsKms, tmp_path: Path) -> None:
    short = EncryptionKey("k", b"k" * 32)
    object.__setattr__(short, "material", b"canary-short")
    wrapped = adapter.AwsKms().wrap(short, aws_kms.new_key())

    told = await refused(settings(tmp_path, f"k:aws-kms:{wrapped}"))

    assert "not 32 bytes" in told
    assert "canary" not in told


def test_an_unknown_service_is_refused_without_showing_the_entry(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        prepare(settings(tmp_path, "k:canary-secret:canary"))
    assert "encryption key 1 is neither id:base64 nor id:aws-kms:… nor id:gcp-kms:… nor" in str(
        caught.value
    )
    assert "canary" not in str(caught.value)


def test_a_key_file_holds_no_wrapped_keys() -> None:
    with pytest.raises(KeyringError, match="stands in TOKEN_ENCRYPTION_KEYS, not in a key file"):
        parse_keys("k:aws-kms:AAAA")


@pytest.mark.usefixtures("logging_restored")
async def test_no_log_line_holds_the_opened_key_at_level_debug_either(
    aws_kms: AwsKms, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    wrapped = await generate_wrapped("aws-kms", aws_kms.new_key())
    mine = settings(tmp_path, wrapped)
    key = base64.b64encode(aws_kms.unwrapped(wrapped)).decode()
    configure_logging("json", "debug")
    capfd.readouterr()

    await open_keyring(mine)
    assert key not in capfd.readouterr().err

    # Without that care for AWS's library it would stand there.
    logging.getLogger("botocore").setLevel(logging.DEBUG)
    await open_keyring(mine)
    assert key in capfd.readouterr().err
