"""What a benchmark gives: figures with their computed limits, as JSON or as a table beside the peers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Figure:
    """One job's figure. `limit` is what nobody can do better than; `bound` what the issue allows."""

    value: int
    unit: str
    limit: int
    bound: int
    peers: str
    miss: str = ""
    """Why it misses its bound, where that is known and said."""
    at_least: bool = False
    """Whether more is better: a rate, not a cost."""

    @property
    def ratio(self) -> float:
        """How many times the limit the figure is."""
        return round(self.value / self.limit, 3)

    @property
    def within(self) -> bool:
        """Whether the figure keeps its bound."""
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    @property
    def accounted_for(self) -> bool:
        """Whether it keeps its bound, or is said not to, and why; a reason for nothing counts as neither."""
        return self.within != bool(self.miss)


@dataclass(frozen=True)
class Measured:
    """All figures of one benchmark, and the circumstances under which they hold."""

    title: str
    circumstances: Mapping[str, str]
    figures: Mapping[str, Figure]

    def as_json(self) -> dict[str, object]:
        """The one object that `--json` prints."""
        figures = {
            key: {"value": f.value, "unit": f.unit, "limit": f.limit, "ratio": f.ratio}
            for key, f in self.figures.items()
        }
        return {"figures": figures}


def show(console: Console, measured: Measured) -> None:
    """The figures as a table, each beside its limit, its bound and its peers."""
    table = Table(title=measured.title, title_justify="left")
    for column in ("job", "unit", "ours", "limit", "ratio", "bound", "peers"):
        table.add_column(column, justify="left" if column in ("job", "unit", "peers") else "right")
    for key, f in measured.figures.items():
        colour = "" if f.within else "[bold red]"
        table.add_row(
            key, f.unit, f"{colour}{f.value:,}", f"{f.limit:,}", f"{f.ratio:.2f}", f"{f.bound:,}", f.peers
        )
    console.print(table)
    for key, f in measured.figures.items():
        if f.miss:
            console.print(
                f"[bold red]{key}: {abs(f.value - f.bound):,} beyond its bound.[/] {f.miss}", highlight=False
            )
    for name, text in measured.circumstances.items():
        console.print(f"[dim]{name}: {text}[/]", highlight=False)


def record(name: str, measured: Measured) -> Path:
    """Write the figures into the committed snapshot of the benchmark; its path from the repository."""
    path = snapshot_path(name)
    values = {key: figure.value for key, figure in measured.figures.items()}
    path.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    return path.relative_to(HERE.parent)


def recorded(name: str) -> dict[str, int]:
    """The committed figures of the benchmark by key."""
    values = json.loads(snapshot_path(name).read_text(encoding="utf-8"))
    return {str(key): int(value) for key, value in values.items()}


def snapshot_path(name: str) -> Path:
    """Where the committed figures of a benchmark lie."""
    return HERE / name / "snapshot.json"
