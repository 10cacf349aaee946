"""Copies of the database: taken while everything runs, checked, and brought back."""
