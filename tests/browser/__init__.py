"""Chromium over the running demo: pictures of every screen, and journeys a person would make."""
