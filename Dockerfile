# A small image: the program, the shared libraries it is linked with, and nothing else (no shell, no package manager).
# Build: docker build -t bobbin .     Run: docker run -p 8080:8080 -e BOBBIN_DB_URI=... -e BOBBIN_DB_ANON_ROLE=... bobbin
# tools/image-check builds and tries it on a machine without Docker. SPDX-License-Identifier: ISC
FROM docker.io/library/debian:trixie-slim AS build
WORKDIR /src
COPY tools/install-packages tools/
RUN tools/install-packages build
COPY . .
RUN meson setup build-image --buildtype=release -Dtests=false && ninja -C build-image \
 && tools/image-root build-image/bobbin /image

FROM scratch
COPY --from=build /image /
ENV PATH=/usr/bin BOBBIN_SERVER_HOST=0.0.0.0
USER 65532:65532
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["/usr/bin/bobbin", "ready"]
ENTRYPOINT ["/usr/bin/bobbin"]
CMD ["serve"]
