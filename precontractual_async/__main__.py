"""``python -m precontractual_async``: the same as the command ``precontractual``."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
