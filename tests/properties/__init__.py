"""Stateful and algebraic properties, searched by hypothesis under budgets of their own (see budget.py)."""
