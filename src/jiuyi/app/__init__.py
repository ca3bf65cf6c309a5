"""Putting the parts together: settings, wiring, web and worker processes, the embedded database, the CLI."""
