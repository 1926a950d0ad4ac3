"""Scores recordings beside what was said: reads lines "MODE REFERENCE RECORDING", writes a score a line."""
import sys
import wave

import numpy
from pesq import pesq

RATE = {"nb": 8000, "wb": 16000}


def read(path, rate):
    with wave.open(path) as file:
        sound = numpy.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(float)
        own = file.getframerate()
    if own == rate:
        return sound
    length = int(len(sound) * rate / own)
    spectrum = numpy.fft.rfft(sound)[: length // 2 + 1]
    spectrum.resize(length // 2 + 1)
    return numpy.fft.irfft(spectrum, length) * rate / own


def begin(sound, rate):
    """From 300 ms before the first word on."""
    loud = numpy.flatnonzero(numpy.abs(sound) > 500)
    return sound[max(0, (loud[0] if len(loud) else 0) - rate * 3 // 10):]


for line in sys.stdin:
    mode, said, heard = line.split()
    rate = RATE[mode]
    reference = begin(read(said, rate), rate)
    recording = begin(read(heard, rate), rate)[: len(reference) + rate // 2]
    try:
        print(round(float(pesq(rate, reference.astype("i2"), recording.astype("i2"), mode)), 3), flush=True)
    except Exception:
        print("none", flush=True)
