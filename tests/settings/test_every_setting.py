"""Every setting: unset without a value, refused by its name with a wrong one.

The settings are those of the model, so that a new one is tested without being listed. One whose
type has no wrong values below fails until it is named here.
"""

from collections.abc import Callable
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import IPvAnyAddress
from pydantic.fields import FieldInfo

from notion_gateway.settings import (
    ApplicationSettings,
    ConfigurationError,
    GivenSettings,
    IssuerSettings,
    MembershipSettings,
    Settings,
    load_settings,
)
from notion_gateway.settings.web_address import WebAddress

FIELDS = Settings.model_fields
CANARY = "canary"
ISSUER_A = '{"name": "a", "issuer": "https://canary.example", "clients": ["c"]}'


def _with_keys(
    name: str = "a", client: str = "c", address: str = "https://canary.example/jwks"
) -> str:
    issuer = ISSUER_A.replace('"a"', f'"{name}"').replace("canary", name)
    return f'{issuer[:-1]}, "client_keys": {{"{client}": "{address}"}}}}'


WRONG_BY_TYPE: dict[object, tuple[str, ...]] = {
    bool: (CANARY, "2"),
    int: (CANARY, "-1", "1.5"),
    float: (CANARY, "-1", "nan", "inf"),
    Literal: (CANARY,),
    WebAddress: (
        CANARY,
        "ftp://canary.example",
        "http://canary.example",
        "https://canary@notion.example",
        "https://[canary",
        "https://canary\N{ACCOUNT OF}.example",
        "https://canary.example:99999",
    ),
    IPvAnyAddress: (CANARY, "localhost", "256.1.1.1"),
    list[ApplicationSettings]: (
        CANARY,
        "{}",
        '"canary"',
        "[1]",
        "[" * 100_000,
        '[{"name": "a", "jwks": "canary"}]',
        '[{"name": "a", "jwks_url": "https://a.example", "unknown": "canary"}]',
    ),
    list[IssuerSettings]: (
        CANARY,
        "{}",
        "[1]",
        '[{"name": "a", "name": "canary", "issuer": "https://a.example"}]',
        *(
            f'[{{"name": "a", "issuer": "https://a.example", "clients": ["c"], {wrong}}}]'
            for wrong in (
                '"unknown": "canary"',
                '"jwks_url": "http://canary.example"',
                '"email_domains": ["@canary"]',
                '"same_user_ids": true, "email_domains": ["canary.example"]',
                '"memberships": [{"space": "canary"}]',
                '"claims": {"canary": 1}',
            )
        ),
        '[{"name": "a", "issuer": "https://canary.example"}]',
        '[{"name": "a b", "issuer": "https://canary.example", "clients": ["c"]}]',
        '[{"name": "a", "issuer": "http://canary.example", "clients": ["c"]}]',
        '[{"name": "a", "issuer": "https://a.example", "clients": []}]',
    ),
    list[MembershipSettings]: (
        CANARY,
        "{}",
        '[{"space": "canary/x", "group": "g"}]',
        '[{"space": "roadmap", "group": "g", "domain": "canary.example"}]',
        '[{"space": "roadmap", "domain": "canary@a.example"}]',
        '[{"space": "roadmap", "group": "g", "role": "canary"}]',
        '[{"space": "roadmap", "group": "g"}]',  # nobody signs in at an issuer
    ),
}
WRONG_BY_NAME = {
    "gateway_public_url": (
        *WRONG_BY_TYPE[WebAddress],
        "https://canary.example/gateway",
        "https://canary.example/?a",
        "https://canary.example.",
    ),
    "gateway_allowed_hosts": (
        "*",
        "*.canary.example",
        "canary.example/path",
        "ftp://canary.example",
        "https://canary@gw.example",
        "canary.example:port",
        "canary.example:0",
        "canary.example.",
        "[canary]",
        "127.1",
    ),
    "gateway_allowed_origins": (
        "*",
        "null",
        "canary.example",
        "https://*.canary.example",
        "https://canary.example:*",
        "https://canary.example/path",
        "https://canary@gw.example",
        "https://",
        "file://",
        "chrome-extension://",
        "chrome-extension://can*ary",
        "chrome-extension://canary/page.html",
    ),
    "gateway_applications_file": ("/nowhere/applications.json",),
    "gateway_identity_issuers_file": ("/nowhere/issuers.json",),
    "gateway_identity_issuers": (
        *WRONG_BY_TYPE[list[IssuerSettings]],
        *(
            f"[{ISSUER_A}, {other}]"
            for other in (ISSUER_A.replace('"a"', '"b"'), ISSUER_A.replace("canary", "b"))
        ),
        f"[{_with_keys(client='another')}]",
        f"[{_with_keys(address='ftp://canary.example')}]",
        f"[{_with_keys()}, {_with_keys(name='b', address='https://other.example/jwks')}]",
    ),
    "gateway_membership_hours": (CANARY, "0", "721", "1.5"),
    "gateway_trusted_proxies": (CANARY, "10.0.0.0/8, canary"),
    "gateway_egress_proxy": ("socks5://canary.example:1", "http://canary.example:x", "https://"),
    "https_proxy": ("socks5://canary.example:1", "http://canary.example:x", "https://"),
    "notion_mcp_client_secret": (CANARY,),  # without a client
    "gateway_oidc_audience": (CANARY,),  # without an issuer, like the next two
    "gateway_oidc_client_id": (CANARY,),
    "gateway_oidc_client_secret": (CANARY,),
    "gateway_smtp_host": ("canary host", "canary.example:25", "smtp://canary.example", "[::1]:25"),
    "gateway_smtp_from": (CANARY, "canary@", "a@canary.example, b@canary.example", "<a@canary>"),
    "gateway_smtp_to": (CANARY, "Ada <a@canary.example>", "a@canary.example"),  # without a host
    "gateway_smtp_user": (CANARY,),  # without a password, and the other way round
    "gateway_smtp_password": (CANARY,),
    "gateway_smtp_domains": ("canary.example/", "@canary.example", "canary.example"),
    "gateway_audit_syslog": (
        CANARY,
        "http://canary.example",
        "udp://",
        "tls://canary.example:99999",
        "tcp://canary.example/path",
        "tcp://canary@logs.example",
        "unix://canary/dev/log",
        "unix:canary",
    ),
    "gateway_webhook_secret": (CANARY, "whsec_canary", "whsec_" + "QUJD" * 7),
}
SHOWN = {"gateway_allowed_hosts", "gateway_allowed_origins"}
"""No secrets: of a list, it is said which part is wrong."""
NOTHING_IS_WRONG = {
    "notion_mcp_client_id": "Notion chooses it",
    "notion_mcp_token_scope": "Notion chooses what there is",
    "notion_version": "Notion chooses what there is",
    "gateway_data_dir": "any name can be a folder's; it is made at the start",
    "database_url": "judged when the database is opened: tests/cli/test_serve.py",
    "redis_url": "judged when Redis is opened: tests/cli/test_serve.py",
    "token_encryption_keys": "judged when the vault is opened: tests/vault/test_keys_at_start.py",
    "no_proxy": "a name that is never asked for excepts nothing",
    "gateway_audience": "whoever signs principals chooses it",
    "gateway_oidc_user_claim": "the issuer chooses its claims",
    "gateway_oidc_groups_claim": "the same",
    "gateway_oidc_front_end_client_id": "the issuer chooses it",
}


def kind(field: FieldInfo) -> object:
    """A key of WRONG_BY_TYPE: the type without None and limits."""
    whole: Any = field.rebuild_annotation()
    if get_origin(whole) in (Union, UnionType):
        whole = next(one for one in get_args(whole) if one is not type(None))
    if whole == WebAddress:
        return WebAddress
    if get_origin(whole) is Annotated:
        whole = get_args(whole)[0]
    return Literal if get_origin(whole) is Literal else whole


def wrong_values(name: str) -> tuple[str, ...]:
    if name in NOTHING_IS_WRONG:
        return ()
    return WRONG_BY_NAME.get(name) or WRONG_BY_TYPE.get(kind(FIELDS[name]), ())


@pytest.fixture(autouse=True)
def _nothing_around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variables and no .env file but the test's own."""
    for name in FIELDS:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


Give = Callable[[str, str], None]


@pytest.fixture(params=["environment", ".env"])
def give(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Give:
    """Gives a variable a value, in one of the two places where it can stand."""

    def in_file(name: str, value: str) -> None:
        (tmp_path / ".env").write_text(f"{name}='{value}'\n")

    return monkeypatch.setenv if request.param == "environment" else in_file


def test_without_variables_every_setting_has_its_default() -> None:
    settings = load_settings()

    assert settings.model_dump() == GivenSettings().model_dump()
    assert not settings.model_fields_set


@pytest.mark.parametrize("value", ["", " \t "], ids=["empty", "blank"])
@pytest.mark.parametrize("name", FIELDS)
def test_an_empty_or_blank_variable_counts_as_unset(give: Give, name: str, value: str) -> None:
    give(name.upper(), value)

    settings = load_settings()

    assert settings.model_dump() == GivenSettings().model_dump()
    assert not settings.model_fields_set


@pytest.mark.parametrize("value", ["", " "], ids=["empty", "blank"])
def test_an_empty_variable_leaves_the_env_file_its_say(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str
) -> None:
    (tmp_path / ".env").write_text("GATEWAY_LOG_LEVEL=error\n")
    monkeypatch.setenv("GATEWAY_LOG_LEVEL", value)

    assert load_settings().gateway_log_level == "error"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param(name, value, id=f"{name}-{value[:60]}")
        for name in FIELDS
        for value in wrong_values(name)
    ],
)
def test_a_wrong_value_is_refused_by_the_variables_name_and_not_shown(
    give: Give, name: str, value: str
) -> None:
    give(name.upper(), value)

    with pytest.raises(ConfigurationError) as refused:
        load_settings()

    assert name.upper() in str(refused.value)
    if name in SHOWN:
        assert value in str(refused.value)
    else:
        assert CANARY not in str(refused.value)


def test_every_wrong_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [name for name in FIELDS if kind(FIELDS[name]) in WRONG_BY_TYPE]
    for name in names:
        monkeypatch.setenv(name.upper(), CANARY)

    with pytest.raises(ConfigurationError) as refused:
        load_settings()

    assert {line.partition(":")[0] for line in str(refused.value).splitlines()} == {
        name.upper() for name in names
    }


def test_for_every_setting_it_is_known_what_a_wrong_value_is() -> None:
    assert {name for name in FIELDS if wrong_values(name)} == FIELDS.keys() - NOTHING_IS_WRONG
    assert FIELDS.keys() >= WRONG_BY_NAME.keys() | NOTHING_IS_WRONG.keys()


def test_no_setting_that_may_hold_a_password_is_shown() -> None:
    hidden = "database_url", "redis_url", "token_encryption_keys", "notion_mcp_client_secret"
    settings = GivenSettings.model_validate(
        dict.fromkeys(hidden, CANARY) | {"notion_mcp_client_id": "c"}
    )

    assert CANARY not in repr(settings)


def test_an_env_file_that_is_no_text_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"GATEWAY_AUDIENCE=\xff\n")

    with pytest.raises(ConfigurationError, match=r"\.env"):
        load_settings()
