"""Where rows come from, if not from our own tables: databases of other programs, by a mapping of columns.

A source is a registered database; a mapping says how the columns of a kind are made of those of one of its
tables. `compiling` makes a query of it that stands for the kind's own table (see `lumber.store.relations`).
"""
