"""One question, one file. A module here that defines QUESTION is a subcommand, a card, JSON and CSV at once."""
