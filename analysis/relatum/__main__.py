"""Run the command line with ``python -m relatum``."""

import sys

from relatum.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
