"""Running the bot: health, logs, threads."""
