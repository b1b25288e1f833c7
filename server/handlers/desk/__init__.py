"""Pages on which a doctor answers residents at a desk computer; administrators never open them (decision 31)."""
