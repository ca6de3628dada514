# Omni-Architect in a container: drawn by its own architect in the hardened style, then fitted to two ports, a data folder and --no-deps.

# Debian without what only builds need; every wheel fits it
FROM python:3.13-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
# one folder to copy into the final image
RUN python -m venv /opt/venv
ENV VIRTUAL_ENV=/opt/venv \
    PATH=/opt/venv/bin:/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
# the dependencies change less often than the sources
COPY requirements.txt ./
# exact, hashed versions; the lock is complete, so nothing beside it is looked up
RUN pip install --require-hashes --no-deps -r requirements.txt

FROM python:3.13-slim-bookworm AS runtime
# the Git panel needs git; 2.39 is Debian 12's for its whole life, with its security fixes
RUN apt-get update \
    && apt-get install -y --no-install-recommends git=1:2.39.* \
    && rm -rf /var/lib/apt/lists/*
# an account of its own with the fixed uid 10001 that owns the data folder, and no program may raise its rights
RUN groupadd --gid 10001 app \
    && useradd --uid 10001 --gid 10001 --no-log-init --home-dir /data --no-create-home --shell /usr/sbin/nologin app \
    && install -d -o 10001 -g 10001 -m 0700 /data \
    && find / -xdev -type f -perm /6000 -exec chmod a-s {} +
# nothing is installed while it runs
RUN python -m pip uninstall --yes pip
# OMNI_HOST: a container's own network; who reaches it is the publisher's choice
# OMNI_DATA_DIR, OMNI_LOG_FILE, HOME: the only folder that is written to beside /tmp
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PATH=/opt/venv/bin:/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/data \
    OMNI_HOST=0.0.0.0 \
    OMNI_PORT=8501 \
    WEBSOCKET_PORT=8502 \
    OMNI_DATA_DIR=/data \
    OMNI_LOG_FILE=/data/omni_architect.log
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
# the sources, which the application only reads
COPY . ./
VOLUME ["/data"]

LABEL org.opencontainers.image.title="omni-architect" \
    org.opencontainers.image.base.name="docker.io/library/python:3.13-slim-bookworm"
# the page, and the sidecar that carries the sessions
EXPOSE 8501 8502
# by number, so that an orchestrator can check that it is not root
USER 10001:10001
# the gate answers /healthz before anything else, without a sign-in
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import http.client, sys; c = http.client.HTTPConnection('127.0.0.1:8501', timeout=4); c.request('GET', '/healthz'); sys.exit(c.getresponse().status >= 400)"]
CMD ["python", "app.py"]
