"""What the environment must say; the addresses have no default, so that a forgotten one is noticed at start."""

import os

DATABASE_URL = os.environ["DATABASE_URL"]
REDIS_URL = os.environ["REDIS_URL"]
MAIL_FROM = os.environ.get("MAIL_FROM", "orders@shop.example")
