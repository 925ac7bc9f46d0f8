"""Two sides of a history against each other, and what changed when."""
