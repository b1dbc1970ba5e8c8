"""A gateway's settings with entries that key services wrap, and what it says in refusing them."""

from pathlib import Path
from typing import Any

import pytest

from notion_gateway.settings import (
    ConfigurationError,
    GivenSettings,
    NamedServiceUnavailable,
    Settings,
)
from notion_gateway.vault.opening import open_keyring


def settings(folder: Path, *entries: str) -> Settings:
    values: dict[str, Any] = {
        "gateway_data_dir": folder / "data",
        "token_encryption_keys": ",".join(entries),
    }
    return GivenSettings(**values)


async def refused(mine: Settings) -> str:
    """Final: another try would not help."""
    with pytest.raises(ConfigurationError) as caught:
        await open_keyring(mine)
    assert not isinstance(caught.value, NamedServiceUnavailable)
    assert caught.value.__suppress_context__
    return str(caught.value)


async def put_off(mine: Settings) -> str:
    """After the tries that were made: another start may help."""
    with pytest.raises(NamedServiceUnavailable) as caught:
        await open_keyring(mine)
    assert caught.value.__suppress_context__
    return str(caught.value)
