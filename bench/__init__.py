"""Ratios, measured side by side in one run. These machines are noisy: an absolute figure means nothing, a ratio does."""
