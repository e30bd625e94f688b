"""Files that are sent to the service: each is loaded by a process of its own, fed through a pipe."""
