"""The bot without a token: an emulated Telegram at this terminal."""
