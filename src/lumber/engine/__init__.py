"""Plans an export, runs its partitions in processes, and keeps their files in staging."""
