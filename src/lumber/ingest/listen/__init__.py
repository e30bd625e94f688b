"""Receives syslog over UDP, TCP and TLS: messages go to a spool on the disk, then to the database."""
