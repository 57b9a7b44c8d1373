"""Speed and fits, printed as ratios to a reference in the same run; run them with `-m`."""
