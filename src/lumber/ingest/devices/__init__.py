"""What network devices and their programs write: the text after the header of a line, as fields."""
