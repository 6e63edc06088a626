/* Letters in a grid, from which lines of a terminal are made. */
#include "figure_cells.h"

#include <stdlib.h>
#include <string.h>

bool cells_make(cells *c, int width, int height)
{
    c->width = width, c->height = height;
    c->cell = calloc((size_t)width * (size_t)height + 1, sizeof *c->cell);
    for (int i = 0; c->cell && i < width * height; i++)
        c->cell[i].colour = CELL_PLAIN;
    return c->cell;
}

void cells_done(cells *c)
{
    free(c->cell);
    c->cell = NULL;
}

static cell *at(cells *c, int x, int y)
{
    return x < 0 || y < 0 || x >= c->width || y >= c->height ? NULL : &c->cell[y * c->width + x];
}

static int letter_size(const char *p)
{
    int size = 1;
    while (size < 4 && ((unsigned char)p[size] & 0xC0) == 0x80)
        size++;
    return size;
}

void cells_letter(cells *c, int x, int y, const char *letter, int colour)
{
    cell *one = at(c, x, y);
    if (!one)
        return;
    int size = letter_size(letter);
    memcpy(one->letter, letter, (size_t)size);
    one->letter[size] = 0;
    one->colour = (int8_t)colour;
}

void cells_words(cells *c, int x, int y, const char *words, int colour)
{
    for (; *words; words += letter_size(words))
        cells_letter(c, x++, y, words, colour);
}

void cells_dot(cells *c, int x, int y, int colour)
{
    static const uint8_t bits[4][2] = {{1, 8}, {2, 16}, {4, 32}, {64, 128}};
    cell *one = x >= 0 && y >= 0 ? at(c, x / 2, y / 4) : NULL;
    if (!one)
        return;
    one->dots |= bits[y % 4][x % 2];
    one->colour = (int8_t)colour;
}

/* ---------------------------------------------------------------- lines */

static const char *code_of(int colour)
{
    static const char *const codes[] = {"\033[36m", "\033[33m", "\033[32m", "\033[35m",
                                        "\033[34m", "\033[31m", "\033[90m"};
    return colour >= 0 ? codes[colour % 7] : "\033[0m";
}

static void add_cell(const cell *one, text_buffer *t)
{
    if (one->letter[0]) {
        text_add(t, one->letter);
    } else if (one->dots) {
        const char letter[3] = {(char)0xE2, (char)(0xA0 | one->dots >> 6),
                                (char)(0x80 | (one->dots & 63))};
        text_add_bytes(t, letter, 3);
    } else {
        text_add(t, " ");
    }
}

static int line_end(const cells *c, int y)
{
    int end = c->width;
    while (end > 0) {
        const cell *one = &c->cell[y * c->width + end - 1];
        if (one->dots || (one->letter[0] && one->letter[0] != ' '))
            break;
        end--;
    }
    return end;
}

void cells_text(const cells *c, text_buffer *t)
{
    for (int y = 0; y < c->height; y++) {
        int colour = CELL_PLAIN, end = line_end(c, y);
        for (int x = 0; x < end; x++) {
            const cell *one = &c->cell[y * c->width + x];
            if (c->coloured && one->colour != colour)
                text_add(t, code_of(colour = one->colour));
            add_cell(one, t);
        }
        text_add(t, c->coloured && colour != CELL_PLAIN ? "\033[0m\n" : "\n");
    }
}
