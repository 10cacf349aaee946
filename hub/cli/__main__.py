"""`python -m hub.cli` is `hub`: how child processes are started without looking for the script."""

from hub.cli.app import main

main()
