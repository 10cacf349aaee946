"""What a planted defect is: edits of the tree, and the schedules that show it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Edit:
    """One place to change."""

    file: str
    old: str
    new: str

    def apply(self, root: Path) -> None:
        """Raises ValueError when the text is not there, or more than once."""
        path = root / self.file
        text = path.read_text("utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.file}: the text to change stands there {text.count(self.old)} times")
        path.write_text(text.replace(self.old, self.new), "utf-8")


@dataclass(frozen=True, slots=True)
class Mutation:
    """A defect. `profile` is the chaos it shows under best, `most` the schedules it may take.

    `seed` is one that finds it, tried first; `quick`: so soon that every run of the tests plays it.
    """

    name: str
    edits: tuple[Edit, ...]
    profile: str = "swarm"
    most: int = 300
    seed: int | None = None
    quick: bool = False

    def apply(self, root: Path) -> None:
        """Change the tree under `root`."""
        for edit in self.edits:
            edit.apply(root)
