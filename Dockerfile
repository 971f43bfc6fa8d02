FROM python:3.12-slim

WORKDIR /srv/fisk
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY bot bot
COPY commands commands
COPY deploy deploy
RUN printf '#!/bin/sh\nexec python -P -m bot "$@"\n' > /usr/local/bin/fisk && chmod +x /usr/local/bin/fisk \
    && useradd --system --home-dir /var/lib/fisk --create-home fisk
ENV PYTHONPATH=/srv/fisk PYTHONUNBUFFERED=1 FISK_STATE=/var/lib/fisk FISK_CONFIG=/etc/fisk/fisk.toml
USER fisk
VOLUME /var/lib/fisk
HEALTHCHECK --interval=30s --timeout=3s CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8787/healthz', timeout=2)"]
STOPSIGNAL SIGTERM
CMD ["fisk", "run"]
