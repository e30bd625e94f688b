"""Users and hosts in texts: declared tables of phrases and fields, and what finds them.

phrase       Phrase: a pattern with its daemon, gate, example and counter-example
logins, services, directories, people, devices   the tables of phrases, by kind of daemon
programs, accounts, machines, clusters, sessions, members, chats, deeds   more of them
fields       names of fields that hold users and hosts
words        words that are never names
finding      the detectors that the tables make
"""
