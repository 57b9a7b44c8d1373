"""What `program.shared` finds, by the name under which the launch stages know it."""

from ptxenergy.program.shared import reachable, static_shared_bytes

__all__ = ["reachable", "static_shared_bytes"]
