"""Environment variables: what they are, what a copy would do, and how their values stay unseen. Pure."""
