"""Change sides and return: plans, steps, the durable engine, the ledger. Never prints."""
