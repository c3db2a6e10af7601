"""Settings of the smoothing that suit a wish, found on clips whose truth is known."""
