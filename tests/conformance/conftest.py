import pytest

from tests.conformance import suite


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """Node's part of these tests; takes a download once per version of the lock file."""
    suite.install()
