"""The terminal: the same commands as in Slack, for outages and scripts."""
