"""Sequences: windows over the templates of a device, what sequence models for log anomalies take.

options    how windows are cut
slices     where they begin and end, for each way to cut
windows    what a window holds
builder    a stream of events in, windows out
events     what partitions leave for the builder
job        the output: events in every partition, then one job for the windows
"""
