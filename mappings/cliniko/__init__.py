"""Cliniko's records and reports as canonical values."""

from mappings.cliniko.normaliser import NORMALISER

__all__ = ["NORMALISER"]
