"""Claiming from funding schemes by file: claims from invoices, files, results, remittances."""
