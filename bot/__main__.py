"""`python -m bot`: the same as `fisk`."""

from bot.cli.main import main

main()
