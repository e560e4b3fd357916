"""Small inline SVG charts: plain functions from values to text, no JavaScript, no network."""
