"""A stateful imitation of Cliniko: its documented API, and the ledger the API hides."""

from connectors.sandbox.cliniko.app import ClinikoSandbox

SANDBOX = ClinikoSandbox()

__all__ = ["SANDBOX"]
