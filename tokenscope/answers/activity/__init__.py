"""Parts of answers about what was done."""
