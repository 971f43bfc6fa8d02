"""The self-hosted runner: how it is, and restarting its service."""
