"""Cloud resources, one declarative spec a file; the file's name is the kind."""
