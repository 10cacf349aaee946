"""Stripe's objects as canonical values: money taken, money given back, payouts."""

from mappings.stripe.normaliser import NORMALISER

__all__ = ["NORMALISER"]
