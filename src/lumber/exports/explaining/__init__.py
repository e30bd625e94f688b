"""Why a row of the database is in a finished export, or isn't.

explanation  the answer
in_dataset   looks for the row in the dataset and among its rejects
facts        what the database says about the row, compared with what the export asked for
in_database  finds the step that left the row out
"""
