"""Pages to look at: the ranking, a page per run, and the episode explorer.

`site.write_site` writes them all to a folder that works from `file://` and from any web server;
`memenv view` serves the same ones. A page is its template (`templates/`), filled by jinja2 with
values in which all that people, models and data wrote is harmless text (`text.plain`), and scripts
of this package (`assets/`) that build what moves from JSON, with `textContent` alone.
"""
