"""login and logout, in a terminal of their own, against a gateway that believes no header."""

import json
import os
import pty
import re
import select
import shlex
import signal
import subprocess
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx2
import pytest

from notion_gateway.cli.device_login import pause_after
from notion_gateway.cli.kept_logins import KeptLogins
from notion_gateway.cli.output import Exit, Fault
from tests.cli.processes import (
    ROOT,
    Cli,
    Pair,
    bare_environment,
    consent,
    ended_after,
    gateway,
    simulator,
)
from tests.support.browser import forms_of
from tests.support.folder_keyring import FOLDER_VARIABLE
from tests.support.ports import free_port
from tests.support.tmux import tmux
from tests.support.waiting import PATIENCE_SECONDS

NO_KEYRING = "keyring.backends.fail.Keyring"
FOLDER_KEYRING = "tests.support.folder_keyring.FolderKeyring"


@pytest.fixture(scope="module")
def members_only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """A gateway where people sign in by name, and headers say nothing."""
    folder = tmp_path_factory.mktemp("members")
    with (
        simulator(folder, free_port()) as notion,
        gateway(
            folder,
            free_port(),
            NOTION_MCP_URL=f"{notion}/mcp",
            GATEWAY_TRUST_HEADERS="0",
            GATEWAY_LOCAL_SIGN_IN="1",
        ) as url,
    ):
        yield Pair(url, notion, folder / "data")


@pytest.fixture
def shell(members_only: Pair, tmp_path: Path, request: pytest.FixtureRequest) -> Cli:
    """A command line with a home of its own, and a space of Ada's that it is to use."""
    space = re.sub(r"[^a-z_]", "-", request.node.name)[:100]
    cli = Cli(
        tmp_path,
        {
            "NOTION_GATEWAY_URL": members_only.gateway,
            "NOTION_GATEWAY_SPACE": space,
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
            "PYTHON_KEYRING_BACKEND": NO_KEYRING,
            "PYTHONPATH": str(ROOT),
            FOLDER_VARIABLE: str(tmp_path),
        },
    )
    made = cli(
        *("spaces", "create", "Birch", "--id", space, "--user", "ada"),
        GATEWAY_DATA_DIR=str(members_only.data),
    )
    assert made.code == 0, made.err
    return cli


@dataclass
class Terminal:
    """What somebody sees, and types at."""

    descriptor: int
    process: subprocess.Popen[bytes]
    shown: str = field(default="")

    def read_until(self, pattern: str) -> re.Match[str]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (found := re.search(pattern, self.shown)) is None:
            assert time.monotonic() < deadline, self.shown
            assert self._read(), f"it ended without {pattern}: {self.shown}"
        return found

    def end(self) -> int:
        """What it exits with; all that it showed has been read by then."""
        while self._read():
            pass
        return self.process.wait(PATIENCE_SECONDS)

    def _read(self) -> bool:
        """False at its end."""
        readable, _, _ = select.select([self.descriptor], [], [], PATIENCE_SECONDS)
        assert readable, self.shown
        try:
            read = os.read(self.descriptor, 4096)
        except OSError:  # Linux has it so: the other side is closed
            return False
        self.shown += read.decode(errors="replace")
        return bool(read)


@contextmanager
def terminal(cli: Cli, *arguments: str, **variables: str) -> Generator[Terminal]:
    mine, its = pty.openpty()
    process = subprocess.Popen(  # noqa: S603 - our own program; nothing is locked there
        [*cli.program, *arguments],
        cwd=cli.folder,
        env=bare_environment() | dict(cli.variables) | variables,
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
        # A run of the tests in a shell's background ignores it, and its programs would, too.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads here
    )
    os.close(its)
    try:
        with ended_after(process):
            yield Terminal(mine, process)
    finally:
        os.close(mine)


def decide(link: str, user: str = "ada", decision: str = "allow", may: str = "manage") -> str:
    """In a browser, from the link on; the page at its end."""
    with httpx2.Client(follow_redirects=True, trust_env=False) as browser:
        page = browser.get(link)
        fields = next(one.fields for one in forms_of(page.text) if one.action == "/sign-in")
        origin = {"origin": f"{page.url.scheme}://{page.url.netloc.decode()}"}
        signed = browser.post(
            f"{origin['origin']}/sign-in", data={**fields, "name": user}, headers=origin
        )
        forms = [one for one in forms_of(signed.text) if one.action == "/oauth/device"]
        assert forms, signed.text
        sent = {**forms[0].fields, "decision": decision, "may": may}
        done = browser.post(f"{origin['origin']}/oauth/device", data=sent, headers=origin)
    assert done.is_success, done.text
    return done.text


def log_in(cli: Cli, *arguments: str, **variables: str) -> str:
    """All that the terminal showed."""
    with terminal(cli, "login", *arguments, **variables) as shell:
        decide(shell.read_until(r"link: (\S+)")[1])
        assert shell.end() == 0, shell.shown
    return shell.shown


def logins_file(cli: Cli) -> Path:
    return cli.folder / "config" / "notion-gateway" / "logins.json"


def test_somebody_logs_in_uses_every_remote_command_and_logs_out(shell: Cli) -> None:
    before = shell("status")
    assert before.code == Exit.FAULT
    assert "unauthenticated" in before.err

    shown = log_in(shell)

    assert re.search(r"\b[A-Z]{4}-[A-Z]{4}\b", shown)
    assert "Pass neither on" in shown
    assert logins_file(shell).stat().st_mode & 0o777 == 0o600
    assert "nmgc_" not in shown
    with terminal(shell, "connect", "--no-browser") as connecting:
        assert "status=success" in consent(connecting.read_until(r"(http\S+)\s")[1])
        assert connecting.end() == Exit.DONE
    assert "notion-search" in shell("tools", "list").out
    assert shell("status").code == Exit.DONE
    assert shell("events").code == Exit.DONE
    assert shell("policy", "show", "--json").code == Exit.DONE
    assert shell("webhooks", "list").code == Exit.DONE

    out = shell("logout")
    assert out.code == Exit.DONE, out.err
    assert json.loads(logins_file(shell).read_text()) == {}
    assert "unauthenticated" in shell("status").err
    assert "Nobody is logged in" in shell("logout").err


def test_on_a_server_somebody_logs_in_in_tmux(shell: Cli) -> None:
    """The link is whole in a window of 80 columns."""
    environment = bare_environment() | dict(shell.variables)
    with tmux(shell.folder, environment) as window:
        window.types(f"{shlex.join([*shell.program, 'login'])}; echo ended with $?")
        decide(window.shows(r"link: (\S+)"))
        assert window.shows(r"ended with (\d+)") == "0"
    assert "unauthenticated" not in shell("status").err


def test_a_login_that_is_denied_says_so(shell: Cli) -> None:
    with terminal(shell, "login") as shown:
        decide(shown.read_until(r"link: (\S+)")[1], decision="deny")
        assert shown.end() == Exit.NEEDS_PERSON
    assert "denied in the browser" in shown.shown
    assert not logins_file(shell).exists()


def test_ctrl_c_gives_up(shell: Cli) -> None:
    with terminal(shell, "login") as shown:
        shown.read_until("Ctrl-C gives up")
        shown.process.send_signal(signal.SIGINT)
        assert shown.end() != 0
    assert not logins_file(shell).exists()


def test_a_login_that_its_person_ended_elsewhere_says_how_to_log_in_again(shell: Cli) -> None:
    log_in(shell)
    (entry,) = json.loads(logins_file(shell).read_text()).values()
    form = {"token": entry["login"]["refresh_token"], "client_id": "notion-gateway"}
    url = f"{shell.variables['NOTION_GATEWAY_URL']}/oauth/revoke"
    assert httpx2.post(url, data=form, trust_env=False).is_success

    for command in (("status",), ("tools", "list")):
        ended = shell(*command)
        assert ended.code == Exit.NEEDS_PERSON, ended.err
        assert "notion-gateway login" in ended.err


def expire(cli: Cli) -> str:
    """The kept access token, which is renewed by the next command."""
    entries = json.loads(logins_file(cli).read_text())
    (entry,) = entries.values()
    entry["login"]["expires_at"] = 0
    logins_file(cli).write_text(json.dumps(entries))
    token: str = entry["login"]["access_token"]
    return token


def test_of_many_commands_at_once_one_renews_the_login(shell: Cli) -> None:
    log_in(shell)
    old = expire(shell)

    with ThreadPoolExecutor(4) as together:
        ran = list(together.map(shell, ["events"] * 4))

    assert [one.code for one in ran] == [Exit.DONE] * 4, [one.err for one in ran]
    (entry,) = json.loads(logins_file(shell).read_text()).values()
    assert entry["login"]["access_token"] != old
    assert logins_file(shell).stat().st_mode & 0o777 == 0o600


def test_a_login_that_cannot_be_renewed_is_forgotten(shell: Cli) -> None:
    log_in(shell)
    expire(shell)
    (entry,) = json.loads(logins_file(shell).read_text()).values()
    form = {"token": entry["login"]["refresh_token"], "client_id": "notion-gateway"}
    url = f"{shell.variables['NOTION_GATEWAY_URL']}/oauth/revoke"
    assert httpx2.post(url, data=form, trust_env=False).is_success

    ended = shell("status")

    assert ended.code == Exit.NEEDS_PERSON
    assert "has ended" in ended.err
    assert json.loads(logins_file(shell).read_text()) == {}


def test_a_second_login_takes_the_place_of_the_first(shell: Cli) -> None:
    log_in(shell)
    log_in(shell)

    listed = json.loads(shell("clients", "list", "--json").out)
    assert [one["kind"] for one in listed] == ["command_line"]


@pytest.mark.parametrize("text", ["{", "[]", '{"https://gateway.example roadmap": 1}'])
def test_a_damaged_file_says_what_to_do(text: str, tmp_path: Path) -> None:
    kept = KeptLogins(tmp_path)
    kept.file.write_text(text)
    kept.file.chmod(0o600)

    with pytest.raises(Fault, match="Delete it, and log in again"):
        kept.get("https://gateway.example", "roadmap")


def test_a_login_that_others_can_read_is_not_used(shell: Cli) -> None:
    log_in(shell)
    logins_file(shell).chmod(0o644)

    refused = shell("status")

    assert refused.code == Exit.USAGE
    assert "log in again" in refused.err


def test_a_keyring_keeps_the_login_where_there_is_one(shell: Cli) -> None:
    ring = {"PYTHON_KEYRING_BACKEND": FOLDER_KEYRING}
    shown = log_in(shell, **ring)

    assert "the system's keyring" in shown
    assert "nmg" not in logins_file(shell).read_text()
    assert shell("events", **ring).code == Exit.DONE

    (shell.folder / "locked").touch()
    locked = shell("events", **ring)
    assert locked.code == Exit.UNAVAILABLE
    assert "Unlock it" in locked.err
    (shell.folder / "locked").unlink()

    assert shell("logout", **ring).code == Exit.DONE
    assert not [one for one in shell.folder.iterdir() if "nmg" in one.name or "http" in one.name]


def test_who_asks_for_a_keyring_that_is_not_there_is_told(shell: Cli) -> None:
    with terminal(shell, "login", "--keep-in", "keyring") as shown:
        decide(shown.read_until(r"link: (\S+)")[1])
        assert shown.end() == Exit.UNAVAILABLE
    assert "--keep-in file" in shown.shown


def test_a_token_of_the_environment_goes_before_a_login(shell: Cli) -> None:
    log_in(shell)

    assert "unauthenticated" in shell("status", NOTION_GATEWAY_TOKEN="nmgp_wrong").err


@pytest.mark.parametrize(
    ("status", "error", "pause"),
    [
        (400, "authorization_pending", 5),
        (400, "slow_down", 10),
        (429, "temporarily_unavailable", 10),
        (503, "temporarily_unavailable", 10),
        (502, None, 10),
    ],
)
def test_the_pause_between_requests_follows_the_answer(
    status: int, error: str | None, pause: float
) -> None:
    assert pause_after(status, {"error": error}, 5) == pause


def test_a_gateway_that_is_away_is_asked_once_a_minute_at_least() -> None:
    assert pause_after(503, {}, 45) == 60


@pytest.mark.parametrize("error", ["access_denied", "expired_token", "invalid_grant", None])
def test_an_answer_that_no_patience_mends_ends_the_login(error: str | None) -> None:
    with pytest.raises(Fault):
        pause_after(400, {"error": error}, 5)
