"""`tokenscope mcp`: what it offers, how answers are cut, and clients that talk to it."""
