"""What callers say of a trace, whatever it is: gone on with where it is valid, else ignored."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider

from notion_gateway.kernel.trace import Trace, said_by
from notion_gateway.operations.traces.spans import Notion, Spans
from notion_gateway.proxy.rules.trace_meta import said_in

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SAID = f"00-{TRACE}-{PARENT}-01"
VALID = re.compile(
    r"[ \t]*(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?[ \t]*"
)
ON = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[01]")
MEMBER = rb"[a-z0-9][a-z0-9_*/@-]*=[\x20-\x2b\x2d-\x3c\x3e-\x7e]+"
STATE = re.compile(MEMBER + rb"(," + MEMBER + rb")*")


def spans(given_to: list[ReadableSpan] | None = None) -> Spans:
    provider = TracerProvider(shutdown_on_exit=False)
    made = [] if given_to is None else given_to
    return Spans(made.append, provider.sampler, provider.id_generator, Resource({}), Notion("a", 1))


def is_valid(parent: str) -> bool:
    """As W3C Trace Context has it, version 00 without anything behind it."""
    found = VALID.fullmatch(parent)
    return (
        found is not None
        and not (found[1] == "00" and found[5])
        and set(found[2]) != {"0"}
        and set(found[3]) != {"0"}
    )


hexes = st.text("0123456789abcdef", min_size=1, max_size=34)
parents = st.one_of(
    st.text(max_size=80),
    st.builds("{}-{}-{}-{}".format, hexes, hexes, hexes, hexes),
    st.builds(
        "{}-{}-{}-{}{}".format,
        st.sampled_from(["00", "01", "cc", "fe", "ff", "FF", "0"]),
        st.sampled_from([TRACE, "0" * 32, TRACE.upper(), TRACE + "0"]),
        st.sampled_from([PARENT, "0" * 16, PARENT[1:], PARENT.upper()]),
        st.sampled_from(["00", "01", "03", "ff", "1", "0g"]),
        st.sampled_from(["", "-", "-more", "\n", "\r\nx: y", " ", "."]),
    ),
)
states = st.one_of(
    st.text(max_size=80),
    st.lists(st.sampled_from(["a=b", "a=\r\nx: y", "a=b\n", "ä=b", "a@b=c d", "=", ""])).map(
        ",".join
    ),
)


def has_ids(trace: Trace) -> bool:
    return bool(trace.trace_id and trace.span_id and trace.sent_id)


@given(parents, states)
@example(SAID, "rojo=1")
@example(SAID + "\n", "a=b\r\nx: y")
@example(SAID, "a=" + "x" * 300)
def test_whatever_a_caller_says_only_a_valid_parent_is_gone_on_with(
    parent: str, state: str
) -> None:
    trace = spans().begin({"traceparent": parent, "tracestate": state})

    (name, on), *rest = trace.headers()
    assert name == b"traceparent"
    assert ON.fullmatch(on)
    assert all(STATE.fullmatch(value) for _, value in rest)
    assert has_ids(trace)
    if is_valid(parent):
        assert (f"{trace.parent_id:016x}", trace.name) == (
            parent.strip(" \t").split("-")[2],
            parent.strip(" \t").split("-")[1],
        )
    elif parent.removesuffix("\n") == parent:
        assert trace.parent_id == 0


@given(
    st.lists(st.tuples(st.sampled_from([b"traceparent", b"tracestate"]), st.binary(max_size=60)))
)
def test_headers_of_any_kind_and_number_are_read(headers: list[tuple[bytes, bytes]]) -> None:
    said = said_by(headers)
    assert (said is None) is ([name for name, _ in headers].count(b"traceparent") != 1)
    assert has_ids(spans().begin(said))


@given(st.binary(max_size=200))
@example(b'{"traceparent": 1, "params": {"_meta": {"traceparent": 1}}}')
@example(b'{"traceparent": 1, "params": [{"_meta": {}}]}')
@example(b'"traceparent"' + b"[" * 60_000)
@example(b'[{"params":{"_meta":{"traceparent":"a"}}}]')
def test_a_body_that_is_no_message_with_a_trace_names_none(body: bytes) -> None:
    assert said_in(body) is None


@pytest.mark.parametrize("spaces", [100, 70_000])
def test_a_body_is_read_up_to_a_size(spaces: int) -> None:
    body = b'{"params":{"_meta":{"traceparent":"%b"}}%b}' % (SAID.encode(), b" " * spaces)
    found = said_in(body)
    assert found == (None if spaces > 65_536 else {"traceparent": SAID, "tracestate": ""})
