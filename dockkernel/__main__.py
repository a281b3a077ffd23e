"""`python -m dockkernel`: the terminal command."""

from dockkernel.frontends.cli.main import main

if __name__ == "__main__":
    main()
