import pytest

from tests.conformance import suite


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop that the gateway runs on."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """Node's part of these tests; takes a download once per version of the lock file."""
    suite.install()
