# Builds the command line, and runs it as an ordinary user on a read-only file system with one volume:
#   docker build -t fashionmatch .
#   docker run --read-only --tmpfs /tmp -v fashionmatch:/data -v ~/looks:/looks:ro fashionmatch embed --mode references --references-dir /looks
FROM node:20.20.2-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
COPY packages/domain/package.json packages/domain/
COPY packages/encoders/package.json packages/encoders/
COPY packages/storage/package.json packages/storage/
COPY packages/queue/package.json packages/queue/
COPY packages/pipeline/package.json packages/pipeline/
COPY apps/cli/package.json apps/cli/
COPY examples/package.json examples/
COPY tools/package.json tools/
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:20.20.2-bookworm-slim
ENV NODE_ENV=production \
    HF_HOME=/data/huggingface \
    XDG_CACHE_HOME=/data/cache \
    FASHIONMATCH_DATABASE__PERSIST_DIRECTORY=/data/chromadb
RUN mkdir /data && chown node:node /data
WORKDIR /app
COPY --from=build --chown=root:root /src/node_modules node_modules
COPY --from=build --chown=root:root /src/packages packages
COPY --from=build --chown=root:root /src/apps apps
USER node
VOLUME /data
WORKDIR /data
HEALTHCHECK --interval=1m --timeout=20s --start-period=10s CMD ["node", "/app/apps/cli/bin/fashionmatch.cjs", "status", "--json"]
ENTRYPOINT ["node", "/app/apps/cli/bin/fashionmatch.cjs"]
CMD ["--help"]
