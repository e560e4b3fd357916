"""Parse, call, print, exit: the only room that reads the environment and decides exit codes."""
