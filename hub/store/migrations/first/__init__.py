"""The tables of the first schema, in four parts, frozen as they were then."""
