"""The Xero sandbox. What a person can do in it is listed in `connectors.sandbox.xero.hands`."""

from connectors.sandbox.xero.app import XeroSandbox

SANDBOX = XeroSandbox()

__all__ = ["SANDBOX"]
