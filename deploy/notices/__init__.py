"""Notices about builds: what is announced, to which channels, and what was sent."""
