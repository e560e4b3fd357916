"""Clouds: the only door to Pulumi and OpenStack."""
