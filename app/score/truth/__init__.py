"""Files that say what was really going on, one reader a format."""
