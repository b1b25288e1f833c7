"""Set-up, test run and demo: what `make` calls.

Everything here that `make setup` needs runs on the machine's own Python 3.11 with the standard library alone,
because the virtual environment does not exist yet. Run as modules from the repository root: `python -m tools.setup`.
"""
