"""Plans a morning's reminders in a process of its own: prints how many, and the megabytes it took at most."""

import resource
import sys

from server.app import create_app
from server.jobs.cli import work_of
from server.jobs.schedule import job
from tests import configured
from tests.conftest import Clock


def main(url: str, moment: str) -> None:
    now = Clock()
    now.set(moment)
    app = create_app(configured.settings(url))
    with app.app_context():
        told = job("plan_reminders").run(work_of(app))
    now.stop()
    print(told, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    main(*sys.argv[1:])
