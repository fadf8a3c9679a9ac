"""The Telegram bot: durable inbox, one queue a chat, answers delivered exactly once."""

import os

# python-telegram-bot then gives times as timedelta, as its next version will, and does not warn about it
os.environ.setdefault("PTB_TIMEDELTA", "1")
