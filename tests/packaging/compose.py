"""``deploy/compose.yaml`` without a container engine: its services as processes of this machine,
with the commands and variables that it gives them. Only addresses are put in the place of others.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.cli.processes import ROOT, answers, bare_environment, ended_after, eventually
from tests.support.node import NODE
from tests.support.ports import free_port

DEPLOY = ROOT / "deploy"
_VARIABLE = re.compile(r"\$\{(\w+)(?::([?+-])([^}]*))?\}")
_OF_NGINX = "172.31.250.10"
_TO_SIMULATOR = "to-simulator:8010"
"""What makes localhost:8010 the simulator to gateways; here, one for all three."""
_START_SECONDS = 60.0
SECRETS_THERE = "/run/secrets/"


class VariableMissing(Exception):
    """compose.yaml asks for a variable that was not given."""


def read_compose(variables: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The services, with ``variables`` put in. Raises VariableMissing."""
    return _read(variables)["services"]


def secret_files(variables: Mapping[str, str]) -> dict[str, str]:
    """Of each secret, the file on the host that compose mounts. Raises VariableMissing."""
    return {name: one["file"] for name, one in _read(variables)["secrets"].items()}


def _read(variables: Mapping[str, str]) -> dict[str, Any]:

    def value(found: re.Match[str]) -> str:
        name, kind, text = found.groups()
        given = variables.get(name, "")
        if not given and kind == "?":
            raise VariableMissing(name)
        if kind == "+":
            return text if given else ""
        return given or (text if kind == "-" else "")

    def put_in(node: Any) -> Any:
        match node:
            case str():
                return _VARIABLE.sub(value, node)
            case dict():
                return {name: put_in(one) for name, one in node.items()}  # pyright: ignore[reportUnknownVariableType]
            case list():
                return [put_in(one) for one in node]  # pyright: ignore[reportUnknownVariableType]
            case _:
                return node

    document: dict[str, Any] = put_in(yaml.safe_load((DEPLOY / "compose.yaml").read_text()))
    return document


def read_variables(text: str) -> dict[str, str]:
    """An environment file's, as compose, kubectl and systemd read it."""
    lines = [one for one in text.splitlines() if one and not one.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def entrypoint(dockerfile: str, stage: str) -> tuple[list[str], list[str]]:
    """ENTRYPOINT and CMD of that stage."""
    text = (DEPLOY / dockerfile).read_text()
    part = re.split(r"^FROM ", text, flags=re.MULTILINE)
    (found,) = [one for one in part if one.partition("\n")[0].endswith(f" AS {stage}")]
    said = dict(re.findall(r"^(ENTRYPOINT|CMD) (\[.*\])$", found, re.MULTILINE))
    return json.loads(said["ENTRYPOINT"]), json.loads(said["CMD"])


@dataclass
class ByHand:
    """``ports`` has the port here of each service's port there, such as ``gateway-1:8000``."""

    folder: Path
    services: Mapping[str, Mapping[str, Any]]
    ports: dict[str, int]
    stack: ExitStack
    running: dict[str, subprocess.Popen[bytes]] = field(
        default_factory=dict[str, "subprocess.Popen[bytes]"]
    )
    ready_urls: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def gateway(self) -> str:
        return f"http://localhost:{self.ports['nginx:8000']}"

    @property
    def site(self) -> str:
        return f"http://localhost:{self.ports['nginx:3000']}"

    def here(self, text: str) -> str:
        """The same with this machine's addresses; a name that is no address keeps its name."""
        published = {"8000": "nginx:8000", "3000": "nginx:3000", "8010": _TO_SIMULATOR}
        ports = self.ports | {f"localhost:{one}": self.ports[to] for one, to in published.items()}

        def address(found: re.Match[str]) -> str:
            before, there = found.groups()
            host = "127.0.0.1" if before and "localhost" not in there else there.partition(":")[0]
            return f"{before}{host}:{ports[there]}"

        named = "|".join(map(re.escape, ports))
        return re.sub(rf"(//|@|)\b({named})\b", address, text).replace(_OF_NGINX, "127.0.0.1")

    def environment(self, service: str) -> dict[str, str]:
        given: dict[str, str] = self.services[service].get("environment", {})
        mounted = f"{self.folder / 'secrets'}/"
        return {
            name: self.here(value).replace(SECRETS_THERE, mounted) for name, value in given.items()
        }

    def put_secrets(self, secrets: Mapping[str, str]) -> None:
        """What is in each file that compose mounts as a secret."""
        folder = self.folder / "secrets"
        folder.mkdir()
        for name, content in secrets.items():
            (folder / name).write_text(self.here(content))

    def start(self, service: str, command: Sequence[str], ready_url: str, **more: str) -> None:
        """``more`` are variables that compose.yaml does not give it. Waits for nothing."""
        folder = self.folder / service
        folder.mkdir(exist_ok=True)
        with self.log(service).open("ab") as output:
            process = subprocess.Popen(  # noqa: S603 - what compose.yaml runs
                command,
                cwd=folder,
                env=bare_environment() | self.environment(service) | more,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self.stack.enter_context(ended_after(process, within_seconds=20))
        self.running[service] = process
        self.ready_urls[service] = ready_url

    def await_ready(self, *services: str) -> None:
        """Raises AssertionError with the log of one that ends before."""
        for one in services:
            eventually(lambda: self._is_ready(one), f"{one} is ready", _START_SECONDS)  # noqa: B023

    def _is_ready(self, service: str) -> bool:
        assert self.running[service].poll() is None, self.log(service).read_text()[-4000:]
        return answers(self.ready_urls[service])

    def stop(self, service: str, number: signal.Signals = signal.SIGTERM) -> None:
        self.running[service].send_signal(number)
        self.running[service].wait(timeout=20)

    def log(self, service: str) -> Path:
        return self.folder / f"{service}.log"

    def command(self, service: str, stage: str = "gateway") -> list[str]:
        """What runs in the image of gateway.Dockerfile, from where it is installed here."""
        program, arguments = entrypoint("gateway.Dockerfile", stage)
        installed = str(Path(sys.prefix, "bin", program[0]))
        given: list[str] = self.services[service].get("command", arguments)
        return [installed, *program[1:], *map(self.here, given)]

    def start_gateway(self, service: str) -> None:
        port = self.ports[f"{service}:8000"]
        url = f"http://127.0.0.1:{port}/readyz"
        self.start(service, self.command(service), url, GATEWAY_PORT=str(port))

    def start_simulator(self, **switches: str) -> None:
        port = self.ports["simulator:8010"]
        command = [*self.command("simulator", "simulator"), "--port", str(port)]
        self.start("simulator", command, f"http://127.0.0.1:{port}/_simulator/health", **switches)

    def start_front_end(self, built: Path) -> None:
        port = self.ports["ui:3000"]
        command = [str(NODE), str(built / "server.js")]
        url = f"http://127.0.0.1:{port}/icon.svg"
        self.start("ui", command, url, PORT=str(port), NODE_ENV="production")

    def nginx_configuration(self, name: str = "nginx.conf") -> str:
        """The shipped file, with this machine's addresses, ports and folder."""
        text = (DEPLOY / name).read_text().replace("/tmp/", f"{self.folder}/{name}-")  # noqa: S108
        for there, port in self.ports.items():
            service, _, own = there.partition(":")
            if service == "nginx":
                text = text.replace(f"listen {own};", f"listen 127.0.0.1:{port};")
            elif service == "to-simulator":
                text = text.replace(f"listen 127.0.0.1:{own};", f"listen 127.0.0.1:{port};")
            text = text.replace(f"server {there}", f"server 127.0.0.1:{port}")
            text = text.replace(f"http://{there}", f"http://127.0.0.1:{port}")
        return text

    def start_nginx(self, configuration: str, service: str = "nginx") -> None:
        file = self.folder / f"{service}.conf"
        # Of root's nginx the workers are nobody, who may not write below the tests' folder.
        as_here = "user root;\n" if os.geteuid() == 0 else ""
        file.write_text(as_here + configuration)
        arguments: list[str] = self.services[service]["command"]
        port, path = {
            "nginx": (self.ports["nginx:8000"], "livez"),
            "to-simulator-1": (self.ports[_TO_SIMULATOR], "_simulator/health"),
        }[service]
        command = [nginx(), "-c", str(file), *arguments]
        self.start(service, command, f"http://127.0.0.1:{port}/{path}")
        self.await_ready(service)


def nginx() -> str:
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    assert found is not None, "nginx is missing: tests/support/install-servers installs it"
    return found


@contextmanager
def by_hand(
    folder: Path,
    variables: Mapping[str, str],
    secrets: Mapping[str, str],
    *,
    postgres: int,
    redis: int,
) -> Generator[ByHand]:
    """Nothing runs yet. Whatever is started ends with the block."""
    services = read_compose(variables)
    names = (
        *("nginx:8000", "nginx:3000", "ui:3000", "simulator:8010", _TO_SIMULATOR),
        *(f"gateway-{number}:8000" for number in (1, 2, 3)),
    )
    ports = {name: free_port() for name in names}
    ports |= {"postgres:5432": postgres, "redis:6379": redis}
    with ExitStack() as stack:
        found = ByHand(folder, services, ports, stack)
        found.put_secrets(secrets)
        yield found
