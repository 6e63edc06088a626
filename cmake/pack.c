/* Writes a source file, without its comments and indentation, packed (src/emit/coder.h), as an
 * array of a C source: what src/emit/embed.c unpacks.
 *
 *     pack FILE SYMBOL OUT */
#include "../src/emit/coder.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1 << 18 };

static unsigned char text[MOST], packed[2 * MOST];
static struct coder coder;

/* Comments go, and of blanks and line ends all but one. */
static size_t strip(const unsigned char *from, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < size; i++) {
        if (from[i] == '/' && i + 1 < size && from[i + 1] == '*') {
            for (i += 2; i + 1 < size && !(from[i] == '*' && from[i + 1] == '/'); i++)
                ;
            i++;
            continue;
        }
        bool blank = from[i] == ' ' || from[i] == '\t', end = from[i] == '\n';
        bool after = n == 0 || text[n - 1] == ' ' || text[n - 1] == '\n';
        if (end && n > 0 && text[n - 1] == ' ')
            n--;
        if (end && n > 0 && text[n - 1] == '\n')
            continue;
        if (!blank || !after)
            text[n++] = blank ? ' ' : from[i];
    }
    return n;
}

static size_t put_settled(size_t n)
{
    for (; coder_settled(&coder) && n + 4 < sizeof packed; coder_shift(&coder))
        packed[n++] = (unsigned char)(coder.low >> 24);
    if (coder_settled(&coder)) {
        fprintf(stderr, "pack: this is no text: it would be twice as large\n");
        exit(1);
    }
    return n;
}

static size_t pack(size_t size)
{
    size_t n = 0;
    for (int i = 0; i < 3; i++)
        packed[n++] = (unsigned char)(size >> 8 * i);
    packed[n++] = 1;
    coder.high = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        for (uint32_t bits = 1, left = 8; left > 0; left--) {
            int bit = text[i] >> (left - 1) & 1;
            coder_learn(&coder, coder_middle(&coder, bits), bit);
            bits = bits << 1 | (uint32_t)bit;
            n = put_settled(n);
        }
        coder.before = coder.before << 8 | text[i];
    }
    for (int i = 3; i >= 0; i--) /* any number between, and what the reader looks ahead */
        packed[n++] = (unsigned char)(coder.low >> 8 * i);
    return n;
}

int main(int count, char **word)
{
    static unsigned char whole[MOST];
    FILE *in = count == 4 ? fopen(word[1], "rb") : NULL;
    size_t size = in ? fread(whole, 1, MOST, in) : MOST;
    FILE *out = size < MOST ? fopen(word[3], "w") : NULL;
    if (!out) {
        fprintf(stderr, "usage: pack FILE SYMBOL OUT, of at most %d bytes\n", MOST - 1);
        return 1;
    }
    size_t n = pack(strip(whole, size));
    fprintf(out, "extern const unsigned char %s[];\nconst unsigned char %s[] = {", word[2],
            word[2]);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%s%d,", i % 20 ? "" : "\n", packed[i]);
    fprintf(out, "};\n");
    fclose(in);
    return fclose(out) != 0;
}
