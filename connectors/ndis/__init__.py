"""The NDIS (agency-managed funding): claimed by file, through a person and a portal."""

from connectors.ndis.channel import CHANNEL
from connectors.ndis.scheme import Ndis, NdisScheme
from hub.claims import Scheme

SCHEME: Scheme = Ndis()

__all__ = ["CHANNEL", "SCHEME", "NdisScheme"]
