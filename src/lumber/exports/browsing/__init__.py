"""The rows of the database's tables, for a person to look at: a page at a time, by their keys.

reports  what calls return
tables   opens the table of a data type, in our database or in a source
pages    a page of rows from a key on, with search and filters, and one row in full
heads    what the values of each column are like, of a sample
"""
