"""Imported once by the process that ``nursery`` forks from."""

import gunicorn.app.wsgiapp  # noqa: F401
import gunicorn.workers.gthread  # noqa: F401

import server.app  # noqa: F401
from server import chatbot

chatbot.warm_up()
