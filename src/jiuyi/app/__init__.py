"""Putting the parts together: settings, wiring, the web and worker processes, the embedded database, the CLI."""
