/* The strokes of the ten digits. */
#ifndef ADZE_KIT_GLYPH_H
#define ADZE_KIT_GLYPH_H

#include <stdbool.h>

enum { GLYPH_POINTS = 14, GLYPH_STROKES = 2 };

typedef struct glyph_point {
    float x, y; /* 0 to 1, y downward */
} glyph_point;

typedef struct glyph_stroke {
    int count;
    bool smooth; /* a curve through the points, else straight lines */
    glyph_point point[GLYPH_POINTS];
} glyph_stroke;

typedef struct glyph {
    int digit;
    int strokes;
    glyph_stroke stroke[GLYPH_STROKES];
} glyph;

/* All ways to write that digit. */
const glyph *glyph_find(int digit, int *count);

#endif
