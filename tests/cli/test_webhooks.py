"""webhooks, and the operator's messages, against a running gateway and a real receiver."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tests.cli.processes import Cli, Pair, connect, eventually
from tests.support.ports import free_port


class _Receiver(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.secret = ""
        self.heard: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, _Receiver)
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.heard.append(Webhook(self.server.secret).verify(body, dict(self.headers)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object, **__: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[_Receiver]:
    with _Receiver() as receiver:
        thread = threading.Thread(target=receiver.serve_forever)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.shutdown()
            thread.join()


def test_a_webhook_is_added_tried_told_shown_and_removed(cli: Cli, receiver: _Receiver) -> None:
    added = cli("webhooks", "add", receiver.url, "--event", "grant.connected", "--json")
    assert added.code == 0, added.err
    made = json.loads(added.out)
    receiver.secret = made["secret"]

    tried = cli("webhooks", "test", made["webhook_id"])
    assert (tried.code, [one["type"] for one in receiver.heard]) == (0, ["webhook.test"])
    assert "204" in tried.err

    connect(cli)
    eventually(lambda: len(receiver.heard) == 2, "the connection was told")
    assert receiver.heard[1]["type"] == "grant.connected"
    eventually(lambda: "delivered" in cli("webhooks", "list").out, "the message is shown")
    (listed,) = json.loads(cli("webhooks", "list", "--json").out)
    assert listed["newest_delivery"]["event"] == "grant.connected"
    assert made["secret"] not in cli("webhooks", "list", "--json").out

    assert cli("webhooks", "remove", made["webhook_id"]).code == 0
    assert json.loads(cli("webhooks", "list", "--json").out) == []


def test_an_owner_and_the_operator_see_messages_and_send_them_again(
    cli: Cli, receiver: _Receiver, pair: Pair, tmp_path: Path
) -> None:
    made = json.loads(cli("webhooks", "add", receiver.url, "--json").out)
    receiver.secret, webhook = made["secret"], made["webhook_id"]
    connect(cli)
    eventually(lambda: "delivered" in cli("webhooks", "messages", webhook).out, "it was told")
    (told,) = json.loads(cli("webhooks", "messages", webhook, "--json").out)
    again = cli("webhooks", "resend", webhook, told["delivery_id"])
    assert again.code == 0, again.err
    eventually(lambda: len(receiver.heard) == 2, "it was sent again")
    assert cli("webhooks", "resend", webhook, "msg_none").code == 1

    operator = Cli(tmp_path, {"GATEWAY_DATA_DIR": str(pair.data)})
    of_space = ("--space", cli.variables["NOTION_GATEWAY_SPACE"])
    listed = json.loads(operator("messages", "list", *of_space, "--json").out)
    assert [(one["delivery_id"], one["webhook_id"]) for one in listed] == [
        (told["delivery_id"], webhook)
    ]
    sent = operator("messages", "resend", told["delivery_id"])
    assert (sent.code, "once more: 1." in sent.err) == (0, True)
    eventually(lambda: len(receiver.heard) == 3, "the gateway finds it by itself", 60)
    assert {one["type"] for one in receiver.heard} == {"grant.connected"}

    assert json.loads(operator("messages", "list", "--given-up", *of_space, "--json").out) == []
    assert "once more: 0." in operator("messages", "resend", "--given-up", *of_space).err
    unknown = operator("messages", "resend", "msg_none")
    assert (unknown.code, "no message msg_none" in unknown.err) == (1, True)
    assert operator("messages", "resend").code == 2


def test_a_test_that_does_not_arrive_exits_with_1_and_says_why(cli: Cli) -> None:
    added = cli("webhooks", "add", f"http://127.0.0.1:{free_port()}/hook")
    assert added.out.startswith("whsec_")
    (listed,) = json.loads(cli("webhooks", "list", "--json").out)

    tried = cli("webhooks", "test", listed["webhook_id"])

    assert tried.code == 1
    assert "cannot be reached" in tried.err
    refused = cli("webhooks", "add", "https://169.254.169.254/")
    assert (refused.code, "address_not_allowed" in refused.err) == (1, True)
    refused = cli("webhooks", "add", "mailto:ada@example.com")
    assert (refused.code, "GATEWAY_SMTP_HOST" in refused.err) == (1, True)
