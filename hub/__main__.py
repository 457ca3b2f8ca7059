"""`python -m hub` is the command `hub`."""

from hub.cli import main

if __name__ == "__main__":  # a process that helps another one imports this, too
    main()
