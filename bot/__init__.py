"""The user interfaces: Slack, HTTP and the terminal; settings and wiring."""

__version__ = "0.1.0"  # also in pyproject.toml; a clone that is not installed has no metadata to ask
