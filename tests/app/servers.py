"""A network camera on this machine that can be switched off and on, fall silent and change its picture."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction

import av
import cv2

from app.arrays import Image
from tests import toy

MJPEG_HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n"
STEP_S = 0.02


class NetworkCamera:
    """Sends `picture`, a BGR uint8 (H, W, 3), fifty times a second to whoever connects, as MJPEG over HTTP or MPEG-TS.

    silent: set while it sends nothing, though it stays connected.
    """

    def __init__(self, stream: Callable[["NetworkCamera", socket.socket], None]) -> None:
        self.picture: Image = toy.plain(toy.RED, 160, 120)
        self.silent = threading.Event()
        self.on = False
        self.connections = 0
        self._stream = stream
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port: int = server.getsockname()[1]

    def switch_on(self) -> None:
        self.on = True
        server = socket.create_server(("127.0.0.1", self.port))
        server.settimeout(0.05)
        self._thread = threading.Thread(target=self._serve, args=(server,))
        self._thread.start()

    def switch_off(self) -> None:
        """Connections break and the port closes."""
        if self.on:
            self.on = False
            self._thread.join()

    def pictures(self) -> Iterator[Image]:
        """At the camera's rate, until it is switched off."""
        while self.on:
            time.sleep(STEP_S)
            if not self.silent.is_set():
                yield self.picture

    def _serve(self, server: socket.socket) -> None:
        clients = []
        with server:
            while self.on:
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                self.connections += 1
                clients.append(threading.Thread(target=self._send, args=(connection,)))
                clients[-1].start()
        for client in clients:
            client.join()

    def _send(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):  # the reader may leave at any moment
            connection.settimeout(5)
            self._stream(self, connection)


def mjpeg(camera: NetworkCamera, connection: socket.socket) -> None:
    """As webcams with a web server do."""
    connection.recv(4096)
    connection.sendall(MJPEG_HEAD)
    for picture in camera.pictures():
        jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        connection.sendall(head.encode() + jpeg + b"\r\n")


def mpeg_ts(camera: NetworkCamera, connection: socket.socket) -> None:
    """H.264 in a transport stream over plain TCP, as broadcast encoders do."""
    with connection.makefile("wb") as pipe, av.open(pipe, "w", format="mpegts") as container:
        stream = container.add_stream("libx264", rate=50)
        stream.height, stream.width = camera.picture.shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = 10
        stream.options = {"preset": "ultrafast", "tune": "zerolatency"}
        for index, picture in enumerate(camera.pictures()):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 50)
            container.mux(stream.encode(frame))
            pipe.flush()
