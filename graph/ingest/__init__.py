"""Files in, statements out: reading, mapping, checking and loading."""
