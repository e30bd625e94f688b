"""`python -m lumber` does what the `lumber` script does."""

from lumber.cli.entry import main

if __name__ == "__main__":
    main()
