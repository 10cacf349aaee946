"""Cliniko as a source: declared streams over its read API. It has no payments and no webhooks."""

from connectors.cliniko.channel import CHANNEL
from connectors.cliniko.source import SOURCE

__all__ = ["CHANNEL", "SOURCE"]
