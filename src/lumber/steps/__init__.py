"""What happens to rows on their way from the source to a shard."""
