"""Paths of other systems' pages, apart from the models of their answers, which take long to load."""

# A deployment at Coolify, by its routes/web.php; until 4.0.0-beta.380 with the environment's name alone.
DEPLOYMENT = r"/project/(?:[A-Za-z0-9][\w.%-]*/){2,3}application/[A-Za-z0-9]+/deployment/[A-Za-z0-9]+"
