"""`python -m ptxenergy.hooks nvcc …`: the launcher where its command is not installed."""

from ptxenergy.hooks.launcher import main

main()
