"""The edges: Slack, HTTP and the terminal, and the settings that open everything."""

__version__ = "0.1.0"  # also in pyproject.toml; a clone that is not installed has no metadata to ask
