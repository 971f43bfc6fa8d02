"""How operations run: journal, leases, locks, outbox, history, and the engine over them."""
