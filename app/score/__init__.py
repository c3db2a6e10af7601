"""How good the label is over time: what was shown, beside what was really going on."""
