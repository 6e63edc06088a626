/* The table of not_there.def, and its reader. */
#include "not_there.h"

#include <adze/kit.h>

#include <stdlib.h>
#include <string.h>

#include "suggest.h"
#include "text.h"

typedef struct entry {
    not_there_kind kind;
    const char *where, *words, *advice;
} entry;

/* What the table calls them. */
enum {
    KEY = NOT_A_KEY,
    LAYER = NOT_A_LAYER,
    LAYER_KEY = NOT_A_LAYER_KEY,
    LAYER_WORD = NOT_A_LAYER_WORD,
    AUGMENTATION = NOT_AN_AUGMENTATION,
    WORD = NOT_A_WORD
};

static const entry entries[] = {
#define NOT_THERE(kind, where, words, advice) {(not_there_kind)kind, where, words, advice},
#include "not_there.def"
#undef NOT_THERE
};

enum { ENTRIES = sizeof entries / sizeof *entries };

/* Of one place before that of any. */
static const entry *find(not_there_kind kind, const char *where, const char *word)
{
    const entry *any = NULL;
    for (int i = 0; i < ENTRIES; i++) {
        const entry *e = &entries[i];
        if (e->kind != kind || !suggest_called(e->words, word))
            continue;
        if (e->where && where && strcmp(e->where, where) == 0)
            return e;
        if (!e->where && !any)
            any = e;
    }
    return any;
}

bool not_there_known(not_there_kind kind, const char *where, const char *word)
{
    return find(kind, where, word) != NULL;
}

static void add_value(text_buffer *t, char mark, const tree *value)
{
    const char *words = value && value->kind == TREE_TEXT && *value->text ? value->text : NULL;
    const char *layer = words ? ad_record_near(ad_layer_at, words) : NULL;
    text_add(t, mark == '@' ? (words ? words : "...") : layer ? layer : "relu");
}

bool not_there_cure(report *r, not_there_kind kind, const char *where, const char *word,
                    const tree *value)
{
    const entry *e = find(kind, where, word);
    if (!e)
        return false;
    text_buffer t = {0};
    for (const char *p = e->advice; *p;) {
        size_t plain = strcspn(p, "@~");
        text_add_bytes(&t, p, plain);
        p += plain;
        if (*p)
            add_value(&t, *p++, value);
    }
    char *words = text_take(&t);
    report_cure(r, "%s", words ? words : "");
    free(words);
    return true;
}
