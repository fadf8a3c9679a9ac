"""What the bot keeps on the disk."""
