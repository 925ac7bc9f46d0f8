"""Sessions as they go on: their files followed, what each comes to, and a board of them in the terminal."""
