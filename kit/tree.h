/* What stands in a YAML text: scalars, lists and maps, each with its place.  No value has a type
 * yet: fields give it one. */
#ifndef ADZE_KIT_TREE_H
#define ADZE_KIT_TREE_H

#include <stddef.h>

/* A text that mistakes are reported in: a file, or one --set. */
typedef struct source {
    const char *name; /* "lenet.yaml" or "--set train.epochs=3" */
    const char *text;
    size_t size;
    int setting; /* 0: the file; 1, 2...: number of the setting */
    int shift;   /* a setting: bytes before its value */
} source;

typedef struct place {
    const source *source;
    int line, column; /* from 1, in characters */
    int width;        /* characters to underline, at least 1 */
} place;

/* TREE_BAD stands where something was refused already: nothing more is said about it. */
typedef enum tree_kind { TREE_TEXT, TREE_LIST, TREE_MAP, TREE_BAD } tree_kind;

typedef struct tree {
    tree_kind kind;
    place at;
    char *text;         /* TREE_TEXT; "" where nothing was written */
    struct tree *key;   /* of a map's entry */
    struct tree *first; /* entries of a list or map */
    struct tree *next;
    int count;
} tree;

tree *tree_new(tree_kind kind, place at); /* NULL without memory */
void tree_free(tree *t);
/* The words for a message: "a list". */
const char *tree_words(const tree *t);

#endif
