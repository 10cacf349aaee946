"""Measurements with real processes: latency of hints, pulling speed, requests for a thousand invoices."""
