"""One file per metric; each has a pure `collect(facts)`."""
