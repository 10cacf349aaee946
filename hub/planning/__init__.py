"""How a case becomes steps: load and render, wish, fold the target's rules, look, commit."""
