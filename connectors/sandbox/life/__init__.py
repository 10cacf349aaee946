"""Clinic life: a seeded month of a fictional clinic group, its own ledgers of the truth, and the comparison.

It acts on the sandboxes through their control endpoints alone and imports nothing of the hub, its mappings or
its connectors, so that what it says of the books is a second opinion. Definitions: `books`; rules: `truth`.
"""

from connectors.sandbox.life.books import Books
from connectors.sandbox.life.client import ControlClient, ControlRefused, HttpControl
from connectors.sandbox.life.compare import Plant, compare, compare_without_reports
from connectors.sandbox.life.life import Life, StepReport
from connectors.sandbox.life.people import CANARIES
from connectors.sandbox.life.setup import Setup
from connectors.sandbox.life.witness import receivables, target_books

__all__ = [
    "CANARIES",
    "Books",
    "ControlClient",
    "ControlRefused",
    "HttpControl",
    "Life",
    "Plant",
    "Setup",
    "StepReport",
    "compare",
    "compare_without_reports",
    "receivables",
    "target_books",
]
