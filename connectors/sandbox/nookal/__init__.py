"""A stateful imitation of Nookal: both of its APIs, their lies, and the ledger behind them."""

from connectors.sandbox.nookal.app import NookalSandbox

SANDBOX = NookalSandbox()

__all__ = ["SANDBOX"]
