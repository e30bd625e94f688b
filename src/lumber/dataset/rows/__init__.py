"""The rows of a finished dataset, a page at a time: what a person looks at.

table       the columns of a data type, and its files in the order of their rows
reader      reads rows from any place on, and only what it must
conditions  search and filters, checked and applied to batches
looking     a page of rows, with a limit on the time that it takes
sorting     a page of rows in the order of a column, where that is cheap
heads       what the values of each column are like
values      rows as JSON values, with long texts cut
rejects     rejected rows, a page at a time
"""
