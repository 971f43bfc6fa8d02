"""The domain: what fisk operates and how. It knows neither Slack nor a command line."""
