"""What a model's answers are worth, and how far to trust them."""
