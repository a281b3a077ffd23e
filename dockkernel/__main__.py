"""`python -m dockkernel`: the terminal command."""

import sys

from dockkernel.frontends.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
