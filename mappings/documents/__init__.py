"""Canonical values to vendor-neutral documents: pure, and the same for every practice system and ledger."""

from hub.rendering import Renderer
from mappings.documents.renderer import PerInvoiceRenderer

RENDERER: Renderer = PerInvoiceRenderer()

__all__ = ["RENDERER", "PerInvoiceRenderer"]
