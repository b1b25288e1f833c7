"""Tests of the commands people type: set-up, demo, test run."""
