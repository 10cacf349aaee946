"""What the pages are over, and the name that must not be on any of them."""

from __future__ import annotations

from dataclasses import dataclass

CANARY = "Zyzzyvasson"
"""A patient's name."""


@dataclass(frozen=True)
class Shown:
    """Where the pages are, and the cause that stands behind the one red check."""

    url: str
    held: str
