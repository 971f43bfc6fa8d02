"""The outside world in small: stand-ins for Slack, GitHub, the registry and Coolify, and a story to try."""
