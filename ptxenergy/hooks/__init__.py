"""Where compilers and tuners call in. A hook never breaks a build: it warns in one line."""
