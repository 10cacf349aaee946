"""Nookal's records as canonical values."""

from mappings.nookal.normaliser import NORMALISER

__all__ = ["NORMALISER"]
