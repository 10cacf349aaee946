"""`hub demo`: a month of a fictional clinic group's life, from the practice system into the books.

The story and its own books come from a plugin (entry point group `clinic_hub.demos`); the comparison of its
truth with the target's ledger uses no code of the kernel.
"""

from hub.cli.demo.command import register

__all__ = ["register"]
