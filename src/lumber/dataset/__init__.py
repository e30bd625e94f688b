"""The finished folder: manifest, documents, certificates; opening, verifying and comparing it."""
