"""Sequences: windows over the templates of a device, the input of sequence models for log anomalies.

options    how windows are cut
slices     where windows start and end, in each mode
windows    the contents of a window
builder    makes windows of a stream of events
events     the events that each partition stages for the builder
job        the output: partitions stage events, then jobs build the windows, each of its part of the devices
"""
