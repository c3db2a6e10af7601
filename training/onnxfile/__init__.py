"""The exported graph: taking it apart, quantising it, and the pictures to check it with."""
