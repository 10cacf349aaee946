"""Clinic life at the payment system: pages that patients pay, payouts, and what they leave in the books."""
