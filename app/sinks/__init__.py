"""Where labelled frames go: window, video file, tables, terminal."""
