"""What is drawn on a frame: label, bars, rate, timeline and panels."""
