"""What sat in each context, thread by thread, adding up to the last token."""
