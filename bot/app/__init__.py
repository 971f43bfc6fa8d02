"""The running bot: settings, wiring, Slack and HTTP brought up and down."""
