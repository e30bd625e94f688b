"""Verdicts: what the manifest of a finished dataset means for its use, in one sentence for each topic.

thresholds  the limits of green, amber and red, in one table
verdict     a verdict, and the fix that it offers
judging     judges a manifest
leakage     judges what the splits share
"""
