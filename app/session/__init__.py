"""One run of the app, put together from its parts: settings, model, sources, sinks, loop, figures."""
