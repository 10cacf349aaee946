"""Nookal: invoices and money from v3, places, people and corrections from v2, payments written through v2."""

from connectors.nookal.channel import CHANNEL
from connectors.nookal.source import SOURCE
from connectors.nookal.target import TARGET

__all__ = ["CHANNEL", "SOURCE", "TARGET"]
