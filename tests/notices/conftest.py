from collections.abc import AsyncGenerator

import pytest

from tests.notices.receiver import Receiver, receiving


@pytest.fixture
async def receiver() -> AsyncGenerator[Receiver]:
    async with receiving() as receiver:
        yield receiver
