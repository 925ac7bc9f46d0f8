"""What is kept of one file's rows."""
