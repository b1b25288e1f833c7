"""The groups of rules a policy is made of; each field's docstring names its row in domain.md §1.9."""
