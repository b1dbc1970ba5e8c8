import pytest

from notion_gateway.proxy.relay import Relay
from tests.hostile.relay_fuzz import fuzz, reset_at

pytestmark = pytest.mark.anyio


async def test_a_caller_is_told_what_a_coroutine_hears_of_the_same_bytes() -> None:
    """A hundred thousand by ``python -m tests.hostile.relay_fuzz``."""
    ends = await fuzz(3000, seed=1)
    assert ends.total() == 3000
    assert len(ends) == 5
    assert min(ends.values()) > 100


def body_in(chunks: bool) -> bytes:
    head = b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 200 OK\r\n"
    if chunks:
        return (
            head
            + b"Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n3;a=b\r\ntwo\r\n0\r\nX: 1\r\n\r\n"
        )
    return head + b"Content-Type: text/plain\r\nContent-Length: 6\r\n\r\nonetwo"


CORPUS = [
    body_in(chunks=True),
    body_in(chunks=False),
    b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nonetwo",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n",
]


@pytest.mark.parametrize("answer", CORPUS)
async def test_a_reset_after_any_byte_is_told_as_a_coroutine_hears_it(answer: bytes) -> None:
    ends = [await reset_at(answer, at) for at in range(len(answer) + 1)]
    assert ends[0] == "handed over"
    until_close = b"Connection: close" in answer
    last = "broken" if until_close else "handed over" if b" 401 " in answer else "whole"
    assert ends[-1] == last
    assert "whole" not in ends[:-1]


async def test_a_reset_that_is_taken_for_a_clean_end_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control."""

    def ended(self: Relay, _: BaseException) -> None:
        self.ended()

    monkeypatch.setattr(Relay, "failed", ended)
    with pytest.raises(AssertionError):
        await reset_at(CORPUS[2], len(CORPUS[2]))


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
