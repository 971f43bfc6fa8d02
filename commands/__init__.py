"""What people can ask for: text → Invocation → allowed? → a reply, or an operation."""
