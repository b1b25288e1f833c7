"""Reading across many rows: rows out, no writes."""
