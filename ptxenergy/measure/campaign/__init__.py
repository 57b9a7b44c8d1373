"""Plan + device → rows: verify, probe, make ready, measure; in processes that a GPU may take down."""
