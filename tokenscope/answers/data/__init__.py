"""Parts of answers about the transcripts themselves."""
