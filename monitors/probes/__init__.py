"""One file per probe; each reads one kind of thing over one round trip and changes nothing."""
