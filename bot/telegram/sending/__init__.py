"""Messages, from text to Telegram, at the pace it allows."""
