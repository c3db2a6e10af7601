"""What a person's face and hands do and which objects are near them: small networks, and a vector of named numbers."""
