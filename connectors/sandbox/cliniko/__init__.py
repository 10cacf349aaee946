"""A stateful imitation of Cliniko: its documented API, and the ledger the API hides."""
