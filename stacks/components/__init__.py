"""Cloud components: one validated config model becomes several resources."""
