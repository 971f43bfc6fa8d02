"""The edges: Slack, HTTP and the terminal, and the settings that open everything."""
