"""Everything that talks to Slack's API; no other package does."""
