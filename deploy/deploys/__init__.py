"""deploy, rollback and deploy --wait."""
