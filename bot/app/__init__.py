"""The running bot: settings, wiring, start and shutdown of Slack and HTTP."""
