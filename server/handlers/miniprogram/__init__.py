"""The mini-program's JSON interface (docs/api.md): parse, guard, call one action, shape the answer."""
