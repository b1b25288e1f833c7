"""Voice that any browser plays: WeChat's AMR becomes WAV.

Strangers' bytes meet a decoder written in C here, so it runs in a process of its own that writes no file and ends soon;
when it dies, one recording is not heard and nothing else happens.
"""

import io
import resource
import subprocess
import sys
import wave

RATE = 16_000
MOST_SECONDS = 300
"""WeChat records a minute at most."""
WAIT_SECONDS = 20
MEMORY_BYTES = 1024**3


def as_wav(content: bytes) -> bytes | None:
    """Return an AMR recording (narrow or wide band) as WAV of 16 kHz, None when it cannot be decoded."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", __file__],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=WAIT_SECONDS,
            check=True,
            env={},
        )
    except (subprocess.SubprocessError, OSError):
        return None
    return done.stdout or None


def _decode(content: bytes) -> bytes:
    import av

    written = io.BytesIO()
    with av.open(io.BytesIO(content), "r", format="amr") as recording, wave.open(written, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        resampler, left = av.AudioResampler(format="s16", layout="mono", rate=RATE), MOST_SECONDS * RATE
        for frame in recording.decode(audio=0):
            for piece in resampler.resample(frame):
                out.writeframes(bytes(piece.planes[0])[: 2 * piece.samples])
                left -= piece.samples
            if left <= 0:
                break
    return written.getvalue()


def _alone() -> None:
    """Give up what a decoder does not need: endless time and memory, and writing files."""
    resource.setrlimit(resource.RLIMIT_CPU, (WAIT_SECONDS, WAIT_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


if __name__ == "__main__":
    _alone()
    sys.stdout.buffer.write(_decode(sys.stdin.buffer.read()))
