"""How good a model's answers are, and how far to trust them."""
