"""The NDIS (agency-managed funding): claimed by file, through a person and a portal."""

from connectors.ndis.scheme import NdisScheme

__all__ = ["NdisScheme"]
