"""One file per command; its name is the command's name, the first line of its docstring its help."""
