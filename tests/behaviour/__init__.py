"""How the work went."""
