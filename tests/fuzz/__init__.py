"""Made-up input of every kind that fisk gets from outside: lines, webhooks, Slack's payloads, answers, records."""
