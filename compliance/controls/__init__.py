"""One file per control point of GB/T 22239-2019; each maps unit codes to pure functions from snapshot to findings."""
