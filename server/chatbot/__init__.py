"""Text in, answer out; pure."""
