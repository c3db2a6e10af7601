# The app without a screen, for streams and cameras in the network; what it writes goes to /outputs.
#
#   docker build --tag daily-activity . && mkdir -p outputs
#   docker run --rm --volume "$PWD/outputs:/outputs" --user "$(id -u):$(id -g)" daily-activity \
#       --source rtsp://user:password@camera.local/stream --log diary.csv --stats stats.json
#
# The demo: docker run --rm daily-activity --source demo
# Another command: docker run --rm --entrypoint daily-activity daily-activity doctor --help
# A USB camera (Linux): add --device /dev/video0 --group-add video, and --source 0

ARG BASE=python:3.12-slim
FROM ${BASE} AS build

WORKDIR /src
COPY . .
# The headless OpenCV of the same version needs no libGL, so nothing has to come from apt.
RUN python3 -m venv /opt/app \
    && /opt/app/bin/pip install --no-cache-dir . \
    && /opt/app/bin/pip freeze | sed -n 's/^opencv-python==/opencv-python-headless==/p' > /tmp/headless.txt \
    && /opt/app/bin/pip uninstall --yes opencv-python \
    && /opt/app/bin/pip install --no-cache-dir --requirement /tmp/headless.txt

FROM ${BASE}
COPY --from=build /opt/app /opt/app
ENV PATH=/opt/app/bin:$PATH PYTHONUNBUFFERED=1
RUN useradd --create-home user && install --directory --owner user /outputs
USER user
WORKDIR /outputs
VOLUME /outputs
ENTRYPOINT ["daily-activity", "run", "--no-window"]
