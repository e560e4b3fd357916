"""Judge only: frozen snapshots in, findings out."""
