"""`python -m ptxenergy`: the command line, without an installation."""

from ptxenergy.cli.main import main

if __name__ == "__main__":
    main()
