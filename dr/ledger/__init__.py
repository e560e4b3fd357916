"""The ledger: numbered clinical transactions and images, written on a ward and judged here."""
