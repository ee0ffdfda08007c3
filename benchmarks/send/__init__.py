"""How many transactions a second leave through the outbox: `./scripts/bench send`."""
