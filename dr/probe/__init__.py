"""Programs that run on other machines to measure a line: plain files, sent over SSH, standard library only."""
