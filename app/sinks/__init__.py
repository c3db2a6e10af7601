"""Where labelled frames go: window, recordings, tables, terminal."""
