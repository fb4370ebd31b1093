# The monitor as a container: `docker build -t media-monitor .`
#
# BASE is a Debian with Python 3.11 or newer. The default tag receives Debian's and Python's
# security fixes; a release pins it by the digest its registry shows, which no file can know
# beforehand:  --build-arg BASE=python@sha256:…
# Any other base with python3, venv and apt will do.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python3 -m venv /opt/monitor
WORKDIR /src
COPY requirements/build.txt requirements/runtime.txt requirements/
# The optional secret "pip.conf" names a package mirror or a certificate authority of one's own.
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf \
    /opt/monitor/bin/pip install --require-hashes -r requirements/build.txt \
 && /opt/monitor/bin/pip install --require-hashes --only-binary :all: -r requirements/runtime.txt
COPY pyproject.toml setup.py README.md ./
COPY monitor monitor
COPY rules rules
# Without an index: what is built here comes from this folder alone. pip has then done its work,
# and what is not there cannot be used against the container.
RUN /opt/monitor/bin/pip install --no-index --no-deps --no-build-isolation . \
 && /opt/monitor/bin/pip uninstall --yes --quiet pip


FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="media-monitor" \
      org.opencontainers.image.description="Polls news feeds, matches a desk's rules, alerts once per story" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# The release of Debian decides the versions: its security updates must come in with a rebuild.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates tini tzdata \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb \
 && groupadd --gid 10001 monitor \
 && useradd --uid 10001 --gid monitor --home-dir /data --no-create-home --no-log-init \
            --shell /usr/sbin/nologin monitor \
 && install -d -o monitor -g monitor -m 0750 /data \
 && install -d /run/secrets

COPY --from=build /opt/monitor /opt/monitor
COPY config.example.toml /etc/monitor/config.toml
COPY rules /rules

ENV PATH=/opt/monitor/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MONITOR_CONFIG=/etc/monitor/config.toml \
    MONITOR_DATABASE=sqlite:////data/monitor.db \
    MONITOR_RULES=/rules \
    MONITOR_SERVICE__LISTEN=0.0.0.0:8080

# By number, so that an orchestrator can see that it is not root. The root file system may be
# read-only: only /data and a small /tmp are written to.
USER 10001:10001
WORKDIR /data
VOLUME ["/data", "/rules"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["monitor", "health"]
ENTRYPOINT ["tini", "--", "monitor"]
CMD ["run"]
