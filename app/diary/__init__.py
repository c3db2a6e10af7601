"""The diary: what was seen, when, as text in an SQLite file in the user's own folder."""
