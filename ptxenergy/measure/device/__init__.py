"""The GPU behind interfaces: queue, meters, counters, windows; a real and a simulated one."""
