"""What `./just check` leaves out, on a small project of its own."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support import type_check

_SETTINGS = '[tool.basedpyright]\ninclude = ["src"]\ntypeCheckingMode = "strict"\n'
_NUMBER = "def number() -> int:\n    return 1\n"
_NAME = 'def number() -> str:\n    return "one"\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """`far` imports `near`, which hands on what `base` has; `apart` imports nothing."""
    package = tmp_path / "src" / "small"
    package.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(_SETTINGS)
    (tmp_path / "uv.lock").write_text("")
    (package / "__init__.py").write_text("")
    (package / "base.py").write_text(_NUMBER)
    (package / "near.py").write_text("from small.base import number\n\nhanded_on = number\n")
    (package / "far.py").write_text("from small.near import handed_on\n\nit: int = handed_on()\n")
    (package / "apart.py").write_text("alone: int = 1\n")
    return tmp_path


def test_a_fault_far_from_the_change_that_makes_it_is_found(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    record = project / "record.json"
    assert type_check.check(project, record) == 0
    assert "types: 5 of 5 files" in capfd.readouterr().out
    assert type_check.check(project, record) == 0
    assert "types: 0 of 5 files" in capfd.readouterr().out

    found_right = record.read_text()
    (project / "src/small/base.py").write_text(_NAME)
    assert type_check.check(project, record) == 1
    said = capfd.readouterr().out
    assert "types: 3 of 5 files" in said
    assert "far.py:3" in said
    assert record.read_text() == found_right  # so that it is found until it is mended


def test_a_file_is_checked_again_for_whatever_it_imports_through_others(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def again() -> set[str]:
        (project / "src/small/base.py").write_text(_NUMBER)
        before = type_check.keys_of(project)
        (project / "src/small/base.py").write_text(_NAME)
        after = type_check.keys_of(project)
        return {Path(file).stem for file in before if before[file] != after[file]}

    assert again() == {"base", "near", "far"}

    def by_itself(file: str, _: Mapping[str, set[str]]) -> set[str]:
        return {file}

    monkeypatch.setattr(type_check, "_behind", by_itself)  # the control
    assert again() == {"base"}


def test_a_module_that_appears_is_what_others_import_from_then_on(project: Path) -> None:
    (project / "src/small/far.py").write_text("import yaml\n")
    before = type_check.keys_of(project)
    (project / "src/yaml.py").write_text("")
    after = type_check.keys_of(project)
    assert {Path(file).stem for file in after if before.get(file) != after[file]} == {"yaml", "far"}


def test_after_a_change_of_settings_or_libraries_nothing_is_left_out(project: Path) -> None:
    keys = type_check.keys_of(project)
    (project / "uv.lock").write_text("another version")
    after_libraries = type_check.keys_of(project)
    (project / "pyproject.toml").write_text(_SETTINGS + 'pythonVersion = "3.12"\n')
    after_settings = type_check.keys_of(project)
    for file in keys:
        assert len({keys[file], after_libraries[file], after_settings[file]}) == 3
