"""`tokenscope mcp`: the questions for a program that speaks the Model Context Protocol. Reads, and nothing else."""
