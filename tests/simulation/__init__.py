"""A made-up county lives for three years, and afterwards its agreements are counted."""
