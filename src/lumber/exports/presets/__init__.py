"""Presets: named configs that people start their next export from.

preset  what a user states about a preset, and its report
stored  presets in the database
"""
