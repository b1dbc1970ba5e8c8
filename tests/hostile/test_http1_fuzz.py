import pytest

from notion_gateway.proxy.http1.connection import Connection
from tests.hostile.http1_fuzz import fuzz

pytestmark = pytest.mark.anyio


async def test_no_answer_however_broken_harms_the_next_call() -> None:
    """A hundred thousand by ``python -m tests.hostile.http1_fuzz``."""
    ends = await fuzz(3000, seed=1)
    assert ends.total() == 3000
    assert min(ends.values()) > 300
    assert len(ends) == 3


async def test_a_connection_that_is_kept_with_half_an_answer_left_gives_it_to_the_next_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control."""

    def overlooked(_: Connection) -> None:
        pass

    monkeypatch.setattr(Connection, "on_message_begin", overlooked)
    with pytest.raises(AssertionError, match="something else"):
        await fuzz(20_000, seed=1)
