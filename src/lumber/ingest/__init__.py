"""How rows get in: files and streams of several formats, and generated samples."""
