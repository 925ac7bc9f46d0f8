"""Outputs: one file, one way to write a page of cards or a report."""
