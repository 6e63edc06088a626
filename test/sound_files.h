/* WAV files made byte by byte, and the clip of test/sounds. */
#ifndef SOUND_FILES_H
#define SOUND_FILES_H

#include "picture_files.h"

#define SOUNDS ADZE_TEST_DIR "/sounds/"

typedef struct wav {
    unsigned char byte[1 << 17];
    size_t size;
} wav;

static inline void put_le(wav *w, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        w->byte[w->size++] = (unsigned char)(value >> (8 * i));
}

static inline void put_words(wav *w, const char *words)
{
    memcpy(w->byte + w->size, words, 4);
    w->size += 4;
}

/* The header of a RIFF file (kind 1 whole numbers, 3 floating), whose data follow by put_le. */
static inline void begin_wav(wav *w, int kind, int bits, int channels, int rate, int samples)
{
    uint64_t each = (uint64_t)(bits / 8 * channels), size = each * (uint64_t)samples;
    w->size = 0;
    put_words(w, "RIFF");
    put_le(w, 36 + size, 4);
    put_words(w, "WAVE");
    put_words(w, "fmt ");
    put_le(w, 16, 4);
    put_le(w, (uint64_t)kind, 2);
    put_le(w, (uint64_t)channels, 2);
    put_le(w, (uint64_t)rate, 4);
    put_le(w, (uint64_t)rate * each, 4);
    put_le(w, each, 2);
    put_le(w, (uint64_t)bits, 2);
    put_words(w, "data");
    put_le(w, size, 4);
}

/* A file of 16 bits and one channel whose samples all are `value`. */
static inline const char *write_even(const char *name, int rate, int samples, int value)
{
    static wav w;
    begin_wav(&w, 1, 16, 1, rate, samples);
    for (int i = 0; i < samples; i++)
        put_le(&w, (uint64_t)(uint16_t)value, 2);
    return write_file(name, w.byte, w.size);
}

#endif
