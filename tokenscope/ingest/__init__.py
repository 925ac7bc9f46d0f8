"""Transcripts: finding them, reading them, and what is kept of them. The only place that knows raw JSON keys."""
