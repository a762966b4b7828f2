# The release as a container: docker build --tag lifecycle . (after `dvc repro` or `dvc checkout models/release`)
FROM python:3.11-slim AS build
COPY requirements.lock pyproject.toml /build/
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement /build/requirements.lock
COPY src /build/src
RUN cp -r /build/src/lifecycle "$(/venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/lifecycle" \
 && rm -r /build/src/lifecycle \
 && /venv/bin/python -m compileall -q /venv /build/src

FROM python:3.11-slim
RUN apt-get update && apt-get install --yes --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin lifecycle \
 && mkdir -p /app/data/served /app/data/shadow && chown -R 10001:10001 /app/data
WORKDIR /app
COPY --from=build /venv /venv
# The project's own packages, whose steps make features of raw rows; pyproject.toml says which may be named.
COPY --from=build /build/src src
COPY params.yaml pyproject.toml ./
COPY conf/serve conf/serve
COPY models/release models/release
ENV PATH=/venv/bin:$PATH PYTHONPATH=/app/src PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
VOLUME /app/data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ.get(\"AIP_HTTP_PORT\", 8000)}/health', timeout=2)"]
# SageMaker starts a container with the word serve, which is this command's own.
ENTRYPOINT ["python", "-m", "lifecycle"]
CMD ["serve", "serve.host=0.0.0.0"]
