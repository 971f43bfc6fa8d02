"""Stand-ins for Slack, GitHub, the registry and Coolify, with a scripted scenario (the story) to try."""
