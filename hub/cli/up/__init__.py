"""`hub up`: everything a small deployment needs as one process tree, held together by one lease."""

from hub.cli.up.command import register

__all__ = ["register"]
