"""The store, what is loaded into it, and the questions asked of it."""
