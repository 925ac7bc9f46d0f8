"""Parts of answers about tokens over time."""
