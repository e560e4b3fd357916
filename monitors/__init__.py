"""Look only: probes, exporters, capacity."""
