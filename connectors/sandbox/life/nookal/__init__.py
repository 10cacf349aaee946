"""The fourth location: its own practice system, in the words of its staff, and what happens there."""
