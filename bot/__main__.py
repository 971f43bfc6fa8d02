"""`python -m bot`: the same as `fisk`."""

from bot.terminal import main

main()
