"""``python -m tests.support.structure``: how much the gateway's features know of each other.

Counts of the source alone, without running it: imported names that cross from one feature into
another (kernel and settings, which everybody may know, apart), lines, Protocols.
"""

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "notion_gateway"
_EVERYBODYS = frozenset({"kernel", "settings"})


def _feature(module: str) -> str:
    return module.removeprefix("notion_gateway").removeprefix(".").partition(".")[0]


def _imports(file: Path) -> Iterator[tuple[str, int]]:
    """The module of each import of the gateway's own, and how many names come from it."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("notion_gateway"):
            yield str(node.module), len(node.names)


def main() -> None:
    crossing, lines, import_lines, protocols = Counter[str](), 0, 0, 0
    for file in sorted(SOURCE.rglob("*.py")):
        text = file.read_text()
        lines += text.count("\n")
        tree = ast.parse(text)
        import_lines += sum(
            (node.end_lineno or node.lineno) - node.lineno + 1
            for node in ast.walk(tree)
            if isinstance(node, (ast.Import, ast.ImportFrom))
        )
        protocols += sum(
            isinstance(node, ast.ClassDef)
            and any("Protocol" in ast.unparse(base) for base in node.bases)
            for node in ast.walk(tree)
        )
        here = file.relative_to(SOURCE).parts[0].removesuffix(".py")
        for module, names in _imports(file):
            there = _feature(module)
            if there and there != here:
                crossing["shared" if there in _EVERYBODYS else "feature"] += names
    sys.stdout.write(
        f"imported names that cross: {crossing['feature']} of other features,"
        f" {crossing['shared']} of kernel and settings\n"
        f"lines: {lines}, of which imports: {import_lines}\nProtocols: {protocols}\n"
    )


if __name__ == "__main__":
    main()
