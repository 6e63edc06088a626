/* Writes a source file, without its comments and indentation, packed, as an array of a C source:
 * what src/emit/embed.c unpacks.
 *
 *     pack FILE SYMBOL OUT
 *
 * Packed are groups of: a byte n, n bytes as they are; a byte m, and where it is not 0 two bytes,
 * the lower first: m bytes follow that stand so far back.  Two zeros end it. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1 << 18, RUN = 255, BACK = 65535, LEAST = 5 };

static unsigned char text[MOST], packed[2 * MOST];

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

/* The longest piece before i that begins as the text goes on there. */
static size_t find(size_t i, size_t size, size_t *from)
{
    size_t best = 0;
    for (size_t j = i > BACK ? i - BACK : 0; j < i; j++) {
        size_t n = 0;
        while (n < RUN && i + n < size && text[j + n] == text[i + n])
            n++;
        if (n > best)
            best = n, *from = j;
    }
    return best;
}

static size_t add_plain(size_t n, size_t begin, size_t end)
{
    packed[n++] = (unsigned char)(end - begin);
    memcpy(packed + n, text + begin, end - begin);
    return n + (end - begin);
}

static size_t pack(size_t size)
{
    size_t n = 0, plain = 0, i = 0;
    while (i < size) {
        size_t from = 0, same = find(i, size, &from);
        if (same >= LEAST) {
            n = add_plain(n, plain, i);
            packed[n++] = (unsigned char)same;
            packed[n++] = (unsigned char)(i - from), packed[n++] = (unsigned char)((i - from) >> 8);
            i += same, plain = i;
        } else if (++i - plain == RUN || i == size) {
            n = add_plain(n, plain, i);
            packed[n++] = 0, plain = i;
        }
    }
    packed[n++] = 0, packed[n++] = 0;
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
