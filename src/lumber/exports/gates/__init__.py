"""Gates: what a new version of a dataset must be like to become the latest without a person.

gate       the document that states the conditions
facts      what is known of a version: manifest, sketches and counts
sketching  makes the sketches of a version
freezing   hashes the rows of a test set
judging    compares a new version with the one before, and says why it is held
"""
