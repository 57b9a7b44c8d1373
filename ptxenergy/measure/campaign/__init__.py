"""Plan + device → rows: verify, probe, measure; in processes that a GPU may take down."""
