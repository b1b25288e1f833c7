"""Pages that everybody may read without a login. Nothing personal beyond the duties of staff is in them."""
