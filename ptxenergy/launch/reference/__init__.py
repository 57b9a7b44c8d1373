"""The reference evaluation: PTX run per lane, slowly and plainly, to count a launch."""
