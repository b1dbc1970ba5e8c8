# The gateway; with --target simulator, the simulated Notion. From the root of the checkout:
#   docker build -f deploy/gateway.Dockerfile -t notion-mcp-gateway .

# How to give it a digest: docs/deployment.md#pinned-images.
ARG PYTHON_IMAGE=python:3.13-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
RUN pip install --no-cache-dir uv==0.13.9
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PROJECT_ENVIRONMENT=/opt/gateway \
    UV_PYTHON_DOWNLOADS=never
WORKDIR /build
# What changes seldom comes first, so that it is built seldom.
COPY pyproject.toml uv.lock hatch_build.py README.md LICENSE ./
COPY simulator/pyproject.toml simulator/README.md simulator/LICENSE simulator/
RUN uv sync --frozen --no-dev --extra aws-kms --extra gcp-kms --extra azure-key-vault --extra traces --no-install-workspace
COPY src src
RUN uv sync --frozen --no-dev --extra aws-kms --extra gcp-kms --extra azure-key-vault --extra traces --no-editable

FROM build AS build-simulator
COPY simulator/src simulator/src
RUN uv sync --frozen --no-dev --no-editable --package notion-mcp-simulator

# Neither compilers nor package managers; the user has no home, and the program writes nothing.
FROM ${PYTHON_IMAGE} AS bare
RUN pip uninstall --yes pip \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin gateway
ENV PATH=/opt/gateway/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /opt/gateway
USER 10001:10001

FROM bare AS simulator
COPY --from=build-simulator /opt/gateway /opt/gateway
EXPOSE 8010
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8010/_simulator/health', timeout=4)"]
ENTRYPOINT ["notion-simulator"]
CMD ["--host", "0.0.0.0"]

FROM bare AS gateway
COPY --from=build /opt/gateway /opt/gateway
EXPOSE 8000
# Ready: it can serve calls. urlopen raises for 503, and Python exits with 1.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["notion-gateway"]
CMD ["serve", "--host", "0.0.0.0"]
