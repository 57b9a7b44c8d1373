"""What is worth measuring: kernel definitions, generated kernels, their PTX and families."""
