"""Fixtures of the running gateway, for every folder whose tests speak to it over sockets."""

import logging
import os
import tempfile
from collections.abc import AsyncGenerator, Callable, Generator
from pathlib import Path

import pytest
import structlog

from notion_gateway.kernel.log import configure_logging
from tests.support.aws_kms import AwsKms
from tests.support.azure_key_vault import AzureKeyVault
from tests.support.figures import Figure, recorded
from tests.support.gcp_kms import GcpKms
from tests.support.mcp_login import Logins, logging_in
from tests.support.rig import Rig, a_rig
from tests.support.upstreams import RecordingMcp
from tests.support.warmth import warmed
from tests.support.world import World, open_world


@pytest.fixture(params=["as it comes", "in callbacks"])
def both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A fresh gateway's calls run in coroutines; the same once more where everything that they
    need is in memory already.
    """
    way: str = request.param
    if way == "in callbacks":
        warmed(monkeypatch)
    return way


@pytest.fixture
def logging_restored() -> Generator[None]:
    """For a test that configures logging, which is the process's and would hold for later ones."""
    handlers = list(logging.root.handlers)
    yield
    configure_logging("console")
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers


@pytest.fixture
def servers_folder() -> Generator[Path]:
    """For servers that run as another user. Not below pytest's own folder: another run that starts
    meanwhile closes that one to all other users.
    """
    with tempfile.TemporaryDirectory(prefix="servers-") as folder:
        yield Path(folder)


@pytest.fixture
def figure(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> Figure:
    """What a test has counted or measured, in words, for the table of docs/reliability.md."""

    def told(words: str, *numbers: float, promise: str | None = None) -> None:
        for mark in request.node.iter_markers("promise"):
            for one in mark.args:
                if promise in (None, one):
                    record_property(str(one), recorded(words, numbers))

    return told


@pytest.fixture
def aws_kms(monkeypatch: pytest.MonkeyPatch) -> Generator[AwsKms]:
    """A stand-in for AWS KMS, to which this process's own environment leads."""
    for name in os.environ:
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    kms = AwsKms()
    for name, value in kms.variables.items():
        monkeypatch.setenv(name, value)
    yield kms
    kms.stop()


@pytest.fixture
def gcp_kms(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator[GcpKms]:
    """A stand-in for Google Cloud KMS, to which this process's own environment leads."""
    _forget(monkeypatch, "GOOGLE_", "CLOUDSDK_")
    kms = GcpKms(tmp_path / "google")
    for name, value in kms.variables.items():
        monkeypatch.setenv(name, value)
    yield kms
    kms.cloud.stop()


@pytest.fixture
def azure_key_vault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator[AzureKeyVault]:
    """A stand-in for Azure Key Vault, to which this process's own environment leads."""
    _forget(monkeypatch, "AZURE_", "IDENTITY_", "IMDS_", "MSI_")
    vault = AzureKeyVault(tmp_path / "azure")
    for name, value in vault.variables.items():
        monkeypatch.setenv(name, value)
    yield vault
    vault.cloud.stop()


def _forget(monkeypatch: pytest.MonkeyPatch, *prefixes: str) -> None:
    for name in os.environ:
        if name.startswith(prefixes) or name.lower() in {"https_proxy", "no_proxy", "all_proxy"}:
            monkeypatch.delenv(name)


@pytest.fixture
def upstream() -> RecordingMcp:
    return RecordingMcp()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[World]:
    opened = await open_world(tmp_path)
    yield opened
    await opened.access_tokens.close()
    await opened.database.close()


@pytest.fixture
async def rig(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, upstream: RecordingMcp
) -> AsyncGenerator[Rig]:
    """A gateway before a simulated Notion whose MCP server is ``upstream``."""
    async with a_rig(tmp_path, monkeypatch, mcp=upstream) as one:
        yield one


@pytest.fixture
async def connected(rig: Rig) -> Rig:
    """The same, with the space ``team`` connected."""
    answer = await rig.caller.connect("team")
    assert answer.result["status"] == "success"
    return rig


@pytest.fixture
async def logins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, upstream: RecordingMcp
) -> AsyncGenerator[Logins]:
    """A gateway where people sign in by name, with a space and a registered MCP client."""
    async with logging_in(tmp_path, monkeypatch, upstream) as one:
        yield one


@pytest.fixture
async def connected_logins(logins: Logins) -> Logins:
    """The same, with the space connected."""
    answer = await logins.rig.caller.connect(logins.space)
    assert answer.result["status"] == "success"
    return logins
