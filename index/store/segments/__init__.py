"""What a generation is made of: files that one update wrote, and that are never changed since."""
