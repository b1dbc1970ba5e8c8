"""A run beside one that `--json` has saved: the old value, the new one, and what has moved."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, BaseModel, Field, ValidationError
from rich.console import Console
from rich.table import Table

from bench.figures import Figure, Ratio
from bench.processes import BenchError
from bench.results import machine, measured_version
from bench.table import number, shown_ratio


class _SavedFigure(BaseModel):
    group: str
    name: str
    medians: dict[str, float]
    ratio: Ratio | None = Field(validation_alias=AliasChoices("ratio", "gateway_over_nginx"))


class Saved(BaseModel):
    version: str = "no version"
    machine: dict[str, Any]
    figures: list[_SavedFigure]


@dataclass(frozen=True, slots=True)
class Moved:
    """One figure's old and new median, of the column that the gateway stands in, and where there
    is one the ratio within each round.
    """

    group: str
    name: str
    old: float
    new: float
    old_ratio: Ratio | None
    new_ratio: Ratio | None

    @property
    def beyond_noise(self) -> bool:
        """The ranges of the two ratios do not overlap; one round alone has no range."""
        old, new = self.old_ratio, self.new_ratio
        if old is None or new is None:
            return False
        if new.lowest == new.highest or old.lowest == old.highest:
            return False
        return new.lowest > old.highest or new.highest < old.lowest


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
    before = {(one.group, one.name): one for one in saved.figures}
    found: list[Moved] = []
    for one in figures:
        then = before.get((one.group, one.name))
        column = next(reversed(one.medians))
        if then is not None and column in then.medians:
            old, new = then.medians[column], one.medians[column]
            found.append(Moved(one.group, one.name, old, new, then.ratio, one.ratio))
    return found


def show_against(saved: Saved, figures: Sequence[Figure], console: Console) -> None:
    if saved.machine != machine():
        console.print(f"The other run was on another machine: {saved.machine}.", style="yellow")
    table = Table(title=f"The gateway, old: {saved.version}, new: {measured_version()}")
    table.add_column("")
    for heading in ("old", "new", "new / old", "old ratio", "new ratio"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in moved(saved, figures):
        change = f"{one.new / one.old:.2f}" if one.old else "-"
        table.add_row(
            f"{one.group}: {one.name}",
            number(one.old),
            number(one.new),
            f"{change} *" if one.beyond_noise else change,
            *(_median(one.name, of) if of else "-" for of in (one.old_ratio, one.new_ratio)),
        )
    console.print(table)
    console.print(
        "Ratios are to nginx, or to what else stands beside the gateway, in the same rounds."
        " *: their ranges in the two runs do not overlap. All else may be noise."
    )


def _median(name: str, ratio: Ratio) -> str:
    return shown_ratio(name, ratio).partition(" ")[0]
