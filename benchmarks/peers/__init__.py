"""The peers: other ways to get the same logs, in order of time, into a file. Only those with duties validate.

Each is a program, `python -m benchmarks.peers.NAME URL FORMAT TARGET`, written as its users would write
it, and runs in the environment that `make bench` makes for it.
"""
