"""How a day was: what the diary has of it, on the terminal, as a page, and for other programs."""
