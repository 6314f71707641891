# Tidegate itself: `docker run --rm tidegate --env=demo`, or mount a folder of environments at /work.
ARG PYTHON_IMAGE=python:3.13-slim
FROM ${PYTHON_IMAGE} AS build
WORKDIR /src
COPY . .
RUN python -m venv /opt/tidegate && /opt/tidegate/bin/pip install --no-cache-dir .

FROM ${PYTHON_IMAGE}
RUN useradd --create-home --uid 10001 tidegate
COPY --from=build --chown=root:root /opt/tidegate /opt/tidegate
ENV PATH=/opt/tidegate/bin:$PATH PYTHONDONTWRITEBYTECODE=1
USER 10001
WORKDIR /work
HEALTHCHECK NONE
ENTRYPOINT ["pytest", "-p", "no:cacheprovider"]
CMD ["--help"]
