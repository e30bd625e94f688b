"""Records of several lines: stack traces and other lines that continue the line before them."""
