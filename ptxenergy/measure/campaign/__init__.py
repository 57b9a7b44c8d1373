"""Plan + device → rows: probe, runner, session, and the check of every kernel before them."""
