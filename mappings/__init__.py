"""Pure functions and tables: wire records to canonical values, canonical values to documents."""
