"""What was read of each file becomes one store: each thing once."""
