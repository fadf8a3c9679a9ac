"""The Telegram bot: durable inbox, one queue a chat, answers delivered exactly once."""
