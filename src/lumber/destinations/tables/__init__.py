"""Tables of a dataset: Delta or Iceberg, with one commit for each version.

version_rows  the rows that a version adds, or all of them
table         what a table format must be able to do
delta         Delta Lake, by `deltalake`
iceberg       Apache Iceberg, by `pyiceberg`
update        brings the tables of a dataset up to its latest version
"""
