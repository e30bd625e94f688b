"""Files that clients send to the service. A separate process loads each, from a pipe."""
