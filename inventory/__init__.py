"""What should be: the site model, its loader and everything derived from it."""
