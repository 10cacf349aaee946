"""The hub's own database: tables, units of work, encryption, and the narrow functions over them."""
