"""The parts of an import: reading the file, comparing it with what is stored, reading invoices again."""
