import pytest

from notion_gateway.proxy.relay import Relay
from tests.hostile.relay_fuzz import fuzz

pytestmark = pytest.mark.anyio


async def test_a_caller_is_told_what_a_coroutine_hears_of_the_same_bytes() -> None:
    """A hundred thousand by ``python -m tests.hostile.relay_fuzz``."""
    ends = await fuzz(3000, seed=1)
    assert ends.total() == 3000
    assert len(ends) == 5
    assert min(ends.values()) > 100


async def test_an_answer_that_broke_off_and_is_ended_as_if_it_were_whole_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control."""

    def ended(self: Relay, _: str) -> None:
        self._writer.end()  # pyright: ignore[reportPrivateUsage]
        self._end("answered")  # pyright: ignore[reportPrivateUsage]

    monkeypatch.setattr(Relay, "_cut", ended)
    with pytest.raises(AssertionError, match="an end that is none"):
        await fuzz(3000, seed=1)
