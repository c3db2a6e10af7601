"""How fast training is here, against the plain Keras guide."""
