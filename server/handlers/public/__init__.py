"""Pages open to everybody, without a login."""
