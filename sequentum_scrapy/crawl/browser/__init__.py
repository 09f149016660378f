"""Pages in a browser, through scrapy-playwright: how they are opened, acted on, read and closed."""
