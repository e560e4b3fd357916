"""One result, many renderings; never computes a verdict."""
