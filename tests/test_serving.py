"""The gateway that tests serve in their own loop."""

import asyncio
from pathlib import Path

import pytest

from notion_gateway.settings import ConfigurationError
from tests.support.gateway import serving_gateway
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.anyio


async def test_a_gateway_that_refuses_to_start_fails_its_test_in_its_own_words(
    tmp_path: Path,
) -> None:
    applications = [{"name": "crm", "jwks_file": str(tmp_path / "missing.jwks")}]
    async with asyncio.timeout(PATIENCE_SECONDS):
        with pytest.raises(ConfigurationError, match=r"crm: .*missing\.jwks cannot be read"):
            async with serving_gateway(
                tmp_path, "http://127.0.0.1:9", gateway_applications=applications
            ):
                pass
