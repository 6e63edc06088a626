"""Sounds of several spoken digits one behind the other, of single recordings."""

import io
import pathlib
import random
import tarfile
import wave

WORDS = "zero one two three four five six seven eight nine".split()
# Of each part how many, and the seed that draws them.
PARTS = {"train": (1500, 1), "test": (300, 2)}


def recordings(path):
    """Words and samples, 16 bits at 8,000 a second, by part and speaker: takes 0 to 4 are to test
    on."""
    takes = {}
    with tarfile.open(path) as archive:
        for member in sorted(archive.getmembers(), key=lambda m: m.name):
            if not member.name.endswith(".wav"):
                continue
            digit, speaker, take = pathlib.Path(member.name).stem.split("_")
            with wave.open(io.BytesIO(archive.extractfile(member).read())) as sound:
                frames = sound.readframes(sound.getnframes())
            part = "test" if int(take) < 5 else "train"
            takes.setdefault((part, speaker), []).append((WORDS[int(digit)], frames))
    return takes


def sayings(data, part):
    """2 to 5 different recordings of one speaker, joined, and their words with blanks between."""
    takes = recordings(data / "audio-fsdd/fsdd-recordings-0-14.tar.gz")
    speakers = sorted(speaker for of, speaker in takes if of == part)
    count, seed = PARTS[part]
    draw = random.Random(seed)
    for _ in range(count):
        said = draw.sample(takes[part, draw.choice(speakers)], draw.randint(2, 5))
        yield " ".join(word for word, _ in said), b"".join(frames for _, frames in said)
