"""/mcp/notion/proxy: what a caller sends arrives, what Notion answers comes back, to the byte."""

import gzip
import json
import random
from urllib.parse import quote

import pytest

from tests.support.gateway import CALL, PROXY
from tests.support.raw import connection, request
from tests.support.rig import Rig
from tests.support.upstreams import SSE_HEADERS, RecordingMcp

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("both_ways")]

SESSION = (b"mcp-session-id", b"s-1")


@pytest.mark.promise("seed:proxy", "seed:verbatim")
@pytest.mark.parametrize("seed", range(12))
async def test_any_bytes_pass_unchanged_both_ways(
    connected: Rig, upstream: RecordingMcp, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311 - bytes, not secrets
    sent = dice.randbytes(dice.choice([1, 7, 1024, 65_536, 65_537, 1_000_000]))
    told = [dice.randbytes(dice.choice([1, 1000, 70_000])) for _ in range(dice.randrange(1, 6))]
    upstream.chunks, upstream.length = tuple(told), bool(seed % 2)
    upstream.headers = ((b"content-type", b"application/octet-stream"), SESSION)

    answer = await connected.caller.call("team", sent)

    assert upstream.last.body == sent
    assert answer.status == 200
    assert answer.body == b"".join(told)
    assert answer.headers["mcp-session-id"].startswith("s-1.")
    assert ("content-length" in answer.headers) is upstream.length


@pytest.mark.promise("seed:verbatim")
@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "made-up"])
async def test_a_compressed_answer_stays_the_very_bytes_it_was(
    connected: Rig, upstream: RecordingMcp, encoding: str
) -> None:
    compressed = gzip.compress(CALL * 100)
    upstream.chunks = (compressed[:20], compressed[20:])
    upstream.headers = ((b"content-encoding", encoding.encode()),)

    answer = await connected.caller.call("team", headers={"Accept-Encoding": encoding})

    assert answer.body == compressed
    assert answer.headers["content-encoding"] == encoding
    read = encoding if encoding == "gzip" else "identity"  # its answers are looked into
    assert upstream.last.values(b"accept-encoding") == [read.encode()]


async def test_a_compressed_request_stays_the_very_bytes_it_was(
    connected: Rig, upstream: RecordingMcp
) -> None:
    body = gzip.compress(b'{"meta":{"space_id":"other"}}')
    await connected.caller.call("team", body, headers={"Content-Encoding": "gzip"})

    assert upstream.last.body == body
    assert upstream.last.values(b"content-encoding") == [b"gzip"]


@pytest.mark.promise("seed:verbatim")
@pytest.mark.parametrize(
    "status", [200, 201, 202, 204, 207, 299, 400, 403, 404, 405, 409, 418, 429, 451, 500, 503, 599]
)
async def test_every_status_of_notion_is_the_callers(
    connected: Rig, upstream: RecordingMcp, status: int
) -> None:
    upstream.status, upstream.headers = status, ((b"retry-after", b"7"), SESSION)
    upstream.length = status != 204
    upstream.chunks = () if status == 204 else (b"said by Notion",)

    answer = await connected.caller.call("team")

    assert answer.status == status
    assert answer.body == b"".join(upstream.chunks)
    assert answer.headers["retry-after"] == "7"
    assert len(upstream.seen) == 1


async def test_not_modified_passes_with_the_length_of_what_was_not_sent(
    connected: Rig, upstream: RecordingMcp
) -> None:
    upstream.status, upstream.length, upstream.chunks = 304, False, ()
    upstream.headers = ((b"etag", b'"1"'),)

    answer = await connected.caller.call("team", None, method="GET")

    assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", '"1"')


async def test_a_notification_is_answered_202_with_an_empty_body(
    connected: Rig, upstream: RecordingMcp
) -> None:
    upstream.status, upstream.headers, upstream.chunks = 202, (), ()

    answer = await connected.caller.call("team", b'{"jsonrpc":"2.0","method":"x"}')

    assert (answer.status, answer.body) == (202, b"")
    assert answer.headers["content-length"] == "0"


@pytest.mark.promise("seed:no-405-on-get")
@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_get_and_delete_are_forwarded(
    connected: Rig, upstream: RecordingMcp, method: str
) -> None:
    upstream.headers = (*SSE_HEADERS, SESSION)
    session = (await connected.caller.call("team")).headers["mcp-session-id"]
    headers = {"Accept": "text/event-stream", "Mcp-Session-Id": session, "Last-Event-ID": "41"}
    answer = await connected.caller.call("team", None, method=method, headers=headers)

    assert answer.status == 200
    assert upstream.last.method == method
    assert upstream.last.body == b""
    assert upstream.last.values(b"last-event-id") == [b"41"]
    assert upstream.last.values(b"mcp-session-id") == [b"s-1"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "TRACE"])
async def test_other_methods_do_not_reach_notion(
    connected: Rig, upstream: RecordingMcp, method: str
) -> None:
    answer = await connected.caller.call("team", None, method=method)

    assert answer.status in (404, 405)
    assert upstream.seen == []


@pytest.mark.parametrize(
    "query", ["a=1&a=2&b=", "q=%2Fx%2f%20+y&z=%C3%A9", "flag", "x=%zz&y=%25", "a=b=c&;=?/&'"]
)
async def test_the_query_passes_as_it_was_written(
    connected: Rig, upstream: RecordingMcp, query: str
) -> None:
    await connected.caller.send(
        "POST", f"{PROXY}?{query}", data=CALL, headers={"X-Space-ID": "team"}
    )

    assert upstream.last.query == query.encode()


@pytest.mark.promise("seed:meta")
@pytest.mark.parametrize("place", ["meta", "_meta"])
async def test_space_and_user_in_the_body_are_believed_and_taken_out(
    connected: Rig, upstream: RecordingMcp, place: str
) -> None:
    meta = {"space_id": "team", "user_id": "ada", "progressToken": "t"}
    call = json.loads(
        b'{"jsonrpc":"2.0","id":9007199254740993,"method":"tools/call","params":'
        b'{"name":"n\\u00e9\\ud83d","arguments":{"f":0.1,"n":null,"z":1e3,"a":[1,[],{}]}}}'
    )
    (call if place == "meta" else call["params"])[place] = meta

    answer = await connected.caller.send("POST", PROXY, data=json.dumps(call).encode())

    assert answer.status == 200
    del meta["space_id"], meta["user_id"]
    assert json.loads(upstream.last.body) == call
    assert b"9007199254740993" in upstream.last.body


@pytest.mark.promise("seed:meta")
async def test_a_meta_that_held_nothing_else_goes_altogether(
    connected: Rig, upstream: RecordingMcp
) -> None:
    body = b'{"jsonrpc":"2.0","id":1,"method":"ping","meta":{"space_id":"team","user_id":"ada"}}'
    await connected.caller.send("POST", PROXY, data=body)

    assert json.loads(upstream.last.body) == {"jsonrpc": "2.0", "id": 1, "method": "ping"}


@pytest.mark.promise("seed:meta")
@pytest.mark.parametrize("number", ["1e400", "-1e999", "0.1e-400", "1.0", "1E2", "1e-7"])
async def test_taking_meta_out_makes_no_number_that_json_does_not_have(
    connected: Rig, upstream: RecordingMcp, number: str
) -> None:
    body = f'{{"meta":{{"space_id":"team"}},"n":{number}}}'.encode()
    answer = await connected.caller.send("POST", PROXY, data=body)

    forwarded = [json.loads(one.body, parse_constant=pytest.fail) for one in upstream.seen]
    assert (answer.status, len(forwarded)) in {(200, 1), (422, 0)}


@pytest.mark.promise("seed:meta")
@pytest.mark.parametrize(
    "body",
    [
        b'{"meta":{"space_id":"other"}}',
        b'{"meta":{"user_id":"eve"}}',
        b'{"params":{"_meta":{"space_id":"other"}}}',
        b'{"meta":{"space_id":"team"},"params":{"_meta":{"space_id":"other"}}}',
        b'[{"meta":{"space_id":"team"}},{"meta":{"space_id":"other"}}]',
        b'{"meta":{"space_id":1}}',
        b'{"meta":{"space_id":null}}',
        b'{"meta":{"space_id":"../x"}}',
        b'{"meta":{"space\\u005fid":"other"}}',
        b'{"\\u006deta":{"user\\u005fid":"eve"}}',
    ],
)
async def test_a_body_that_disagrees_with_the_principal_is_403_and_goes_nowhere(
    connected: Rig, upstream: RecordingMcp, body: bytes
) -> None:
    refused = await connected.caller.call("team", body)

    assert (refused.status, refused.reason) == (403, "principal_mismatch")
    assert upstream.seen == []


@pytest.mark.promise("seed:meta", "seed:verbatim")
@pytest.mark.parametrize(
    "body",
    [
        b' {"jsonrpc" : "2.0",\n"id":1.0, "method":"ping", "params":{"a":1, "a":2}} ',
        b'{"arguments":{"space_id":"in an argument","meta":{"space_id":"deeper"}}}',
        b'{"note":"meta.space_id and user_id in a text"}',
        b"not json, with space_id",
        b'"space_id"',
        b"\xff\xfe\x00space_id",
        b"[" * 100_000 + b"space_id",
    ],
)
async def test_the_header_form_leaves_the_body_alone(
    connected: Rig, upstream: RecordingMcp, body: bytes
) -> None:
    answer = await connected.caller.call("team", body)

    assert answer.status == 200
    assert upstream.last.body == body


async def test_a_chunked_request_arrives_whole(connected: Rig, upstream: RecordingMcp) -> None:
    async with connection(connected.gateway.port) as raw:
        pieces = b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in (b"{", b'"a":1', b"}"))
        await raw.send(request("Transfer-Encoding: chunked") + pieces + b"0\r\n\r\n")
        status, _ = await raw.head()

    assert status == 200
    assert upstream.last.body == b'{"a":1}'
    assert upstream.last.values(b"content-length") == [b"7"]


async def test_a_space_id_with_every_allowed_sign_works_everywhere(
    rig: Rig, upstream: RecordingMcp
) -> None:
    space = "Az0._:@|+~-"
    end = await rig.caller.connect(space)
    status = await rig.caller.get(f"/integrations/notion/{quote(space, safe='')}")

    assert end.result["spaceId"] == space
    assert status.json["status"] == "connected"
    assert (await rig.caller.call(space)).status == 200
