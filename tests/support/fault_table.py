"""The table of every fault and attack, with the tests that claim it: ``docs/reliability.md``.

    ./just faults            # runs every test that claims one, and writes the page
    python -m tests.support.fault_table --table     # writes the page, and runs nothing
    python -m tests.support.fault_table --report pytest.xml    # of a run that was made before

Such a report is made by ``pytest --junitxml=pytest.xml -o junit_family=xunit1``.

Made of the tests' own marks, so that it cannot say what no test does.
"""

import argparse
import ast
import functools
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.promises import NOT_KEPT_YET, PROMISES
from tests.support.figures import figures_of

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"
FOLDERS = ("tests", "simulator/tests")
_BEGIN, _END = "<!-- the table -->\n", "<!-- the end of the table -->\n"
_HEAD = "| | what is promised | figure | tests |\n| --- | --- | --- | --- |\n"
_PREFIX = "threats:"
_CLAIMING = "promise("
_NOT_MEASURED = "not measured yet"
"""In place of a figure that no run has told."""
BROWSER = "conversational-ui/e2e"
_IN_BROWSER = re.compile(r"// promise: (.+)\n\s*test\(\s*\"([^\"]+)\"")
_WITH_PROPERTIES = ("-o", "junit_family=xunit1")


@functools.cache
def claims() -> Mapping[str, list[str]]:
    """For each promise the tests that claim it, as ``path`` or ``path::name`` for pytest; a file
    claims with all of its tests where its ``pytestmark`` does.
    """
    found: defaultdict[str, list[str]] = defaultdict(list)
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("test_*.py")):
            name, text = file.relative_to(ROOT).as_posix(), file.read_text()
            if _CLAIMING not in text:
                continue
            for promise, test in _claims_of(ast.parse(text)):
                found[promise].append(f"{name}::{test}" if test else name)
    return dict(found)


def claims_in_browser() -> Mapping[str, list[str]]:
    """Those of the front end's tests in a browser, which ``./just test-ui`` runs, by a comment
    above each: ``// promise: threats:59``.
    """
    found: defaultdict[str, list[str]] = defaultdict(list)
    for file in sorted((ROOT / BROWSER).glob("*.spec.ts")):
        for promises, test in _IN_BROWSER.findall(file.read_text()):
            for promise in promises.split(", "):
                found[promise].append(f"{file.relative_to(ROOT).as_posix()}::{test}")
    return dict(found)


def _claims_of(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in module.body:
        match node:
            case ast.Assign(targets=[ast.Name("pytestmark")], value=value):
                yield from ((promise, "") for promise in _promises(value))
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                for decorator in node.decorator_list:
                    yield from ((promise, node.name) for promise in _promises(decorator))
            case _:
                pass


def _promises(expression: ast.expr) -> Iterator[str]:
    for node in ast.walk(expression):
        match node:
            case ast.Call(func=ast.Attribute(attr="promise"), args=arguments):
                for argument in arguments:
                    if isinstance(argument, ast.Constant):
                        yield str(argument.value)
            case _:
                pass


def table(claimed: Mapping[str, Sequence[str]], figures: Mapping[str, str]) -> str:
    """In Markdown, with a row for each fault: its number, the promise, what a run measured, and the
    tests; or the reason why there is none. Raises ValueError where there is neither.
    """
    rows: list[str] = []
    for promise, meaning in PROMISES.items():
        if not promise.startswith(_PREFIX):
            continue
        tests = claimed.get(promise, ())
        if not tests and promise not in NOT_KEPT_YET:
            raise ValueError(f"{promise} has neither a test nor a reason")
        shown = "<br>".join(map(_shown, tests)) or f"None yet. {NOT_KEPT_YET[promise]}"
        number, figure = promise.removeprefix(_PREFIX), figures.get(promise, _NOT_MEASURED)
        rows.append(f"| {number} | {meaning} | {figure} | {shown} |\n")
    return _HEAD + "".join(rows)


def _shown(test: str) -> str:
    path, _, name = test.partition("::")
    said = name.removeprefix("test_").replace("_", " ") or "all of it"
    return f"[{path.rpartition('/')[2]}](../{path}): {said}"


def figures_on_page() -> dict[str, str]:
    """What earlier runs measured, by promise."""
    rows = [line.split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    return {
        _PREFIX + row[0].removeprefix("| "): row[2].strip()
        for row in rows
        if row[0].removeprefix("| ").isdecimal() and row[2].strip() not in {"", _NOT_MEASURED}
    }


def page(figures: Mapping[str, str]) -> str:
    """The page as it should be: its prose, with the table anew."""
    before, _, rest = PAGE.read_text().partition(_BEGIN)
    _, _, after = rest.partition(_END)
    claimed, in_browser = claims(), claims_in_browser()
    for_all = {one: [*claimed.get(one, ()), *in_browser.get(one, ())] for one in PROMISES}
    return f"{before}{_BEGIN}\n{table(for_all, figures)}\n{_END}{after}"


def run(arguments: Sequence[str]) -> tuple[int, dict[str, str]]:
    """Runs every test that claims a fault, those alone that measure: pytest's exit code, and the
    figures that they told (``tests/support/figures.py``).
    """
    tests = {
        test
        for promise, claiming in claims().items()
        for test in claiming
        if promise.startswith(_PREFIX)
    }
    code, reports = 0, list[Path]()
    with tempfile.TemporaryDirectory() as folder:
        for number, how in enumerate((("-n", "3", "-m", "not alone"), ("-m", "alone"))):
            report = Path(folder) / f"{number}.xml"
            command = [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                f"--junitxml={report}",
                *_WITH_PROPERTIES,
                *how,
            ]
            ran = subprocess.run([*command, *arguments, *sorted(tests)], check=False, cwd=ROOT)  # noqa: S603
            code = code or ran.returncode
            reports.append(report)
        return code, figures_of(one for one in reports if one.exists())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--table", action="store_true", help="write the page, run nothing")
    parser.add_argument(
        "--report", type=Path, action="append", default=[], help="of a run: run nothing"
    )
    arguments, for_pytest = parser.parse_known_args()
    code, figures = 0, figures_of(arguments.report)
    if not arguments.table and not arguments.report:
        code, figures = run(for_pytest)
    figures = figures_on_page() | figures
    PAGE.write_text(page(figures))
    sys.stdout.write(table(claims(), figures))
    return code


if __name__ == "__main__":
    sys.exit(main())
