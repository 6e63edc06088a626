/* Letters in a grid, from which lines of a terminal are made. */
#ifndef ADZE_KIT_FIGURE_CELLS_H
#define ADZE_KIT_FIGURE_CELLS_H

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

enum { CELL_PLAIN = -1, CELL_SOFT = 6 }; /* colours beside those of the series, 0 to 5 */

typedef struct cell {
    char letter[5]; /* one character; "" is a space */
    uint8_t dots;   /* of a Braille pattern (Unicode 2800), where there is no letter */
    int8_t colour;
} cell;

typedef struct cells {
    int width, height;
    cell *cell; /* (height, width) */
    bool coloured, ascii;
} cells;

bool cells_make(cells *c, int width, int height); /* false without memory */
void cells_done(cells *c);
/* Outside the grid nothing is put. */
void cells_letter(cells *c, int x, int y, const char *letter, int colour);
/* Words from x on, cut at the right end. */
void cells_words(cells *c, int x, int y, const char *words, int colour);
/* A dot of 2 width by 4 height. */
void cells_dot(cells *c, int x, int y, int colour);
/* Lines without the spaces at their ends. */
void cells_text(const cells *c, text_buffer *t);

#endif
