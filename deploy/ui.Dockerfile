# The front end. From the root of the checkout:
#   docker build -f deploy/ui.Dockerfile -t notion-mcp-gateway-ui .

# How to give them digests: docs/deployment.md#pinned-images.
ARG NODE_BUILD_IMAGE=node:24-bookworm-slim
ARG NODE_IMAGE=gcr.io/distroless/nodejs24-debian12:nonroot

# What is built is JavaScript alone, so one build serves every kind of machine.
FROM --platform=$BUILDPLATFORM ${NODE_BUILD_IMAGE} AS build
ENV NEXT_TELEMETRY_DISABLED=1
WORKDIR /build
COPY conversational-ui/package.json conversational-ui/package-lock.json conversational-ui/.npmrc ./
COPY conversational-ui/tools/openapi-types/package.json tools/openapi-types/
COPY conversational-ui/tools/react-rules/package.json tools/react-rules/
RUN npm ci --no-audit --no-fund
COPY conversational-ui/ ./
RUN npm run build

# Node alone: no shell, no npm.
FROM ${NODE_IMAGE}
ENV HOSTNAME=0.0.0.0 \
    NODE_ENV=production \
    PORT=3000
WORKDIR /srv/ui
COPY --from=build /build/.next/standalone ./
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["/nodejs/bin/node", "-e", "fetch('http://127.0.0.1:3000/icon.svg').then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))"]
CMD ["server.js"]
