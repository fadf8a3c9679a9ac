"""The Telegram bot. It polls by itself instead of by `telegram.ext.Application`, as every question is answered once.

An update is on the disk before Telegram may forget it, and stays there until it is answered. `Application` confirms
updates to Telegram before their handlers have run: what is killed then has lost them. Its `Updater` also ends at one
401 and leaves the process deaf, and polls without a pause where one update cannot be parsed. Of python-telegram-bot
there are `Bot`, its types and its HTTP requests; `receiving` stands for the rest.
"""

import os

# python-telegram-bot then gives times as timedelta, as its next version will, and does not warn about it
os.environ.setdefault("PTB_TIMEDELTA", "1")
