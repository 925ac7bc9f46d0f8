"""What sat in each context, thread by thread."""
