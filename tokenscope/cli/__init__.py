"""The command line: commands, options, help, and what a user has set once and for all."""
