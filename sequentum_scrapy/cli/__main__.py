"""``python -m sequentum_scrapy.cli``."""

from .main import main

main()
