"""What more than one question shows: one part of an answer, one file, with its numbers, its measure and its card."""
