/* What stands in a YAML text.  Depth is bounded by the reader (yaml.c), so freeing may recurse. */
#include "tree.h"

#include <stdlib.h>

tree *tree_new(tree_kind kind, place at)
{
    tree *t = calloc(1, sizeof *t);
    if (t) {
        t->kind = kind;
        t->at = at;
    }
    return t;
}

void tree_free(tree *t)
{
    while (t) {
        tree *next = t->next;
        tree_free(t->key);
        tree_free(t->first);
        free(t->text);
        free(t);
        t = next;
    }
}

const char *tree_words(const tree *t)
{
    if (t->kind == TREE_LIST)
        return "a list";
    return t->kind == TREE_MAP ? "a group of keys" : "a single value";
}
