"""The peers: other ways to get the same logs, in order of time, into a file. None of them validates anything.

Each is a program, `python -m benchmarks.peers.NAME URL FORMAT FILE`, written as its users would write it, and
runs in the environment that `make bench` makes for it.
"""
