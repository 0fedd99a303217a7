# One image for both services: smart-meter by default, energy-correlator by its command.
# What runs is plain JavaScript, so it is built once, on the builder's own platform, for all of them.
FROM --platform=$BUILDPLATFORM node:24-bookworm-slim AS build
WORKDIR /source
COPY . .
RUN npm ci --ignore-scripts --no-audit --no-fund \
  && npx tsc --build apps/smart-meter/tsconfig.app.json apps/energy-correlator/tsconfig.app.json tools/simulators/tsconfig.lib.json \
  && npm exec --workspace apps/dashboard -- vite build \
  && node deploy/assemble.mjs /app

# A Home Assistant over a simulated home, for the compose profile of that name; no part of the services.
FROM build AS simulated-home
USER 1000:1000
EXPOSE 8123
CMD ["node", "tools/simulators/dist/home-assistant/main.js", "--host", "0.0.0.0", "--solar"]

FROM node:24-bookworm-slim AS service
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install --yes --no-install-recommends tini \
  && rm -rf /var/lib/apt/lists/* \
  && mkdir /data && chown node:node /data
COPY --from=build /app /app
RUN ln -s /app/apps/smart-meter/dist/cli.js /usr/local/bin/smart-meter && chmod +x /app/apps/smart-meter/dist/cli.js
WORKDIR /app
ENV NODE_ENV=production SERVICE_HOST=0.0.0.0 SERVICE_PORT=8014 DATA_DIR=/data
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=65536 MALLOC_TRIM_THRESHOLD_=65536
# The user node, by number: an orchestrator can see that it is not root.
USER 1000:1000
VOLUME /data
EXPOSE 8014 8017
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "--eval", "fetch(`http://127.0.0.1:${process.env.SERVICE_PORT}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--"]
CMD ["node", "--optimize-for-size", "--max-semi-space-size=1", "--no-maglev", "--disable-warning=ExperimentalWarning", "apps/smart-meter/dist/main.js"]
