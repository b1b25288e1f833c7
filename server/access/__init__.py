"""Reading, by who may see it: the only door to a row. Lists are filtered and paged here; invisible equals absent."""
