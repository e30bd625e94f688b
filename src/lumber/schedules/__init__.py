"""Schedules: configs of exports that run at nominal times, and the loop that starts their runs."""
