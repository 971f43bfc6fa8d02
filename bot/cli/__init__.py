"""The terminal: the same lines, for when Slack is down and for scripts."""
