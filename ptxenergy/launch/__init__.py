"""Control flow + launch → what the launch executes."""
