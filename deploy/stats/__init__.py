"""Figures: how often, how fast and how well a target is delivered to, and how its builds fare."""
