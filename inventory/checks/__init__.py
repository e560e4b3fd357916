"""Semantic checks of a site, one file per subject; each has `find(site)` that yields findings and knows no file."""
