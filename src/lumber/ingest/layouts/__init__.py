"""Layouts of log lines that are not syslog: one module for each family, and the table of all."""
