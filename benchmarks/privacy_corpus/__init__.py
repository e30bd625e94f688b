"""A labelled corpus of log lines: what a private export has to replace in each, and what has to stay.

`grammars/open` and `grammars/held` declare the contexts: one form of line of one daemon each, with slots
for values. Who writes rules of privacy may read and measure the open half. The held half is never read while
rules are written, and only its totals are published: they say what the rules do with forms that they weren't
written for.

`grammars/daemons` has forms that the rules were mended for. Some in `formats_*` follow formats in the
documentation of the daemons, the others were written from memory. Tests hold what is found in them; the
published table leaves them out.

The forms are written from knowledge of what the daemons log. All values are made up by a seeded generator.
"""
