"""Updates, from Telegram to the queue of their chat."""
