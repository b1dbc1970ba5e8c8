"""The systemd unit: read by systemd's own tools, and what it starts run as processes of this
machine. No systemd runs here.
"""

import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from notion_gateway.cli.serving import stop_times
from notion_gateway.settings import GivenSettings, Settings
from notion_gateway.settings.secret_files import is_secret
from tests.cli.processes import GATEWAY, Cli, answers, bare_environment, eventually
from tests.packaging.compose import DEPLOY, read_variables
from tests.support.ports import free_port

UNIT = DEPLOY / "systemd" / "notion-mcp-gateway.service"
PROGRAM = "/opt/notion-mcp-gateway/bin/notion-gateway"
START_SECONDS = 60.0
HARDENED = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectKernelModules": "yes",
    "ProtectControlGroups": "yes",
    "MemoryDenyWriteExecute": "yes",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces": "yes",
    "RestrictSUIDSGID": "yes",
    "SystemCallArchitectures": "native",
    "StateDirectoryMode": "0700",
    "UMask": "0077",
}
OTHERS = {
    *("After", "Description", "StartLimitIntervalSec", "WantedBy", "Wants"),
    *("AmbientCapabilities", "Environment", "ExecReload", "ExecStart", "Group", "KillMode"),
    *("LimitNOFILE", "LoadCredential", "LockPersonality", "ProtectClock", "ProtectHostname"),
    *("ProtectKernelLogs", "ProtectProc", "RemoveIPC", "Restart", "RestartPreventExitStatus"),
    *("RestartSec", "RestrictRealtime", "StateDirectory", "SystemCallErrorNumber"),
    *("SystemCallFilter", "TimeoutStopSec", "Type", "User", "WorkingDirectory"),
}
"""What else the unit may say, for machines that have no systemd to ask."""


def read_unit(text: str) -> dict[str, list[str]]:
    """Every value of each name, whatever its section. Raises ValueError for a line with none."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line and not line.startswith(("#", "[")):
            name, equals, value = line.partition("=")
            if not equals:
                raise ValueError(line)
            found.setdefault(name, []).append(value)
    return found


@pytest.fixture(scope="module")
def unit() -> dict[str, list[str]]:
    return read_unit(UNIT.read_text())


def _faults(folder: Path, text: str) -> str:
    """What systemd does not understand; empty where it understands all."""
    if shutil.which("systemd-analyze") is None:
        return " ".join(read_unit(text).keys() - OTHERS - HARDENED.keys())
    file = folder / UNIT.name
    file.write_text(text.replace(PROGRAM, GATEWAY[0]))  # one that is there
    analyze = ["systemd-analyze", "verify", file]
    read = subprocess.run(analyze, capture_output=True, text=True, check=False)  # noqa: S603
    return read.stderr


def test_systemd_knows_all_that_the_unit_says(tmp_path: Path) -> None:
    assert _faults(tmp_path, UNIT.read_text()) == ""

    misspelt = UNIT.read_text().replace("ProtectSystem=", "ProtectSystems=")
    assert "ProtectSystems" in _faults(tmp_path, misspelt)


def test_it_may_write_its_state_and_get_no_more_rights(unit: Mapping[str, list[str]]) -> None:
    assert {name: unit[name] for name in HARDENED} == {
        name: [value] for name, value in HARDENED.items()
    }
    assert unit["User"] != ["root"]
    assert "ReadWritePaths" not in unit


def test_every_variable_is_a_setting_and_each_secret_a_credential(
    unit: Mapping[str, list[str]],
) -> None:
    given = read_variables("\n".join(unit["Environment"]))
    secrets = {
        f"{name.upper()}_FILE" for name, one in Settings.model_fields.items() if is_secret(one)
    }
    credentials = {one.partition(":")[0] for one in unit["LoadCredential"]}

    assert given.keys() <= {name.upper() for name in Settings.model_fields} | secrets
    assert {value for name, value in given.items() if name in secrets} == {
        f"%d/{one}" for one in credentials
    }


def test_it_is_given_the_time_that_the_gateway_takes_to_stop(
    unit: Mapping[str, list[str]],
) -> None:
    times = stop_times(GivenSettings())

    assert not [one for one in unit["Environment"] if "SHUTDOWN" in one]
    assert float(unit["TimeoutStopSec"][0]) > times.longest_seconds


@pytest.mark.thorough
def test_what_the_unit_starts_serves_reloads_and_stops(
    unit: Mapping[str, list[str]], tmp_path: Path
) -> None:
    """Its command with its variables, where systemd would put credentials and state."""
    port = free_port()
    (tmp_path / "token_encryption_keys").write_text(Cli(tmp_path, {})("keys", "generate").out)
    given = read_variables(
        "\n".join(unit["Environment"]).replace("%d", str(tmp_path)).replace("%S", str(tmp_path))
    )
    program, *arguments = unit["ExecStart"][0].split()
    assert program == PROGRAM
    (reload,) = unit["ExecReload"]
    assert reload.split()[1:] == ["-HUP", "$MAINPID"]
    (tmp_path / ".env").write_text(f"GATEWAY_PORT={port}\n")
    log = tmp_path / "log"

    with (
        log.open("w") as output,
        subprocess.Popen(  # noqa: S603 - our own program
            [*GATEWAY, *arguments],
            cwd=tmp_path,
            env=bare_environment() | given,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        ) as process,
    ):
        try:
            ready = f"http://127.0.0.1:{port}/readyz"
            eventually(lambda: answers(ready), "it is ready", START_SECONDS)
            with (tmp_path / ".env").open("a") as settings:
                settings.write("NOTION_MCP_URL=https://other.example/mcp\n")
            process.send_signal(signal.SIGHUP)
            eventually(lambda: "handed_over" in log.read_text(), "it has reloaded", START_SECONDS)
            assert "https://other.example/mcp" in log.read_text()
            assert answers(ready)
        finally:
            process.terminate()
        assert process.wait(float(unit["TimeoutStopSec"][0])) == 0
    assert (tmp_path / "notion-mcp-gateway" / "gateway.sqlite3").exists()
    assert not (tmp_path / "notion-mcp-gateway" / "encryption.key").exists()
