"""What people and admins ask of the bot besides answers."""
