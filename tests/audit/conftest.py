import pytest

from tests.support.identity import Signer


@pytest.fixture
def signer() -> Signer:
    return Signer()
