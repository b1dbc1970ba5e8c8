"""A run beside one that `--json` has saved: which figures have moved, beyond the noise."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from rich.console import Console
from rich.table import Table

from bench.processes import BenchError
from bench.results import Figure, Ratio, machine


class _SavedFigure(BaseModel):
    group: str
    name: str
    medians: dict[str, float]
    gateway_over_nginx: Ratio | None


class Saved(BaseModel):
    machine: dict[str, Any]
    figures: list[_SavedFigure]


@dataclass(frozen=True, slots=True)
class Moved:
    """One figure, as the gateway's over nginx's in the same round. ``beyond_noise``: the ranges
    within the two runs do not overlap; one round alone has none.
    """

    group: str
    name: str
    before: Ratio
    now: Ratio

    @property
    def beyond_noise(self) -> bool:
        if self.now.lowest == self.now.highest or self.before.lowest == self.before.highest:
            return False
        return self.now.lowest > self.before.highest or self.now.highest < self.before.lowest


def read_saved(file: Path) -> Saved:
    """Raises BenchError for what ``--json`` has not written."""
    try:
        return Saved.model_validate(json.loads(file.read_text()))
    except OSError as fault:
        raise BenchError(f"{file} cannot be read: {fault.strerror}.") from None
    except (ValueError, ValidationError):
        raise BenchError(
            f"{file} holds no figures of a run: --json writes such a file, --against reads it."
        ) from None


def moved(saved: Saved, figures: Sequence[Figure]) -> list[Moved]:
    """Those that both runs have."""
    before = {(one.group, one.name): one.gateway_over_nginx for one in saved.figures}
    found: list[Moved] = []
    for one in figures:
        then = before.get((one.group, one.name))
        if then is not None and one.gateway_over_nginx is not None:
            found.append(Moved(one.group, one.name, then, one.gateway_over_nginx))
    return found


def show_against(saved: Saved, figures: Sequence[Figure], console: Console) -> None:
    if saved.machine != machine():
        console.print(f"The other run was on another machine: {saved.machine}.", style="yellow")
    table = Table(title="The gateway over nginx, in the saved run and in this one")
    for column in ("", "saved", "now", "now / saved"):
        table.add_column(column, justify="left" if not column else "right")
    for one in moved(saved, figures):
        ratio = one.now.median / one.before.median if one.before.median else 0.0
        table.add_row(
            f"{one.group}: {one.name}",
            *(
                f"{of.median:.3g} ({of.lowest:.3g} to {of.highest:.3g})"
                for of in (one.before, one.now)
            ),
            f"{ratio:.2f}",
            style="bold" if one.beyond_noise else "dim",
        )
    console.print(table)
    console.print("Bold: the ranges do not overlap. All else may be noise.")
