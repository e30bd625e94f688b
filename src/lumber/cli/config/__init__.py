"""How `export` and `preview` get their config: from options, a file and `--set`."""
