"""Secrets in texts: declared tables of tokens by their format, and of passwords by what is said before them.

rule      SecretRule: a pattern with its gate, an example and a counter-example
formats   tokens that services make: prefixes, lengths and alphabets
keyed     random values beside words that tell a secret, and passwords in configurations
codes     one-time codes, seeds and passwords of networks
spoken    passwords in sentences, commands and parameters
finding   the detectors that the tables make
"""
