"""Slack, and nothing else of fisk, is spoken here."""
