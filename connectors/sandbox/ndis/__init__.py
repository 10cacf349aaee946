"""The NDIS provider portal, imitated: bulk payment request files in, results and remittance advices out."""

from connectors.sandbox.ndis.app import NdisSandbox

SANDBOX = NdisSandbox()

__all__ = ["SANDBOX"]
