"""JSON in and out of the mini-program: one class per shape of docs/api.md."""
