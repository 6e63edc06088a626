/* What messages mean: a table of kinds, each with a code. */
#include <string.h>

#include <adze/kit.h>

typedef struct kind {
    ad_explanation explanation;
    int fault;         /* -1: none */
    const char *words; /* parts of first lines, | between them; "" none */
} kind;

static const kind kinds[] = {
#define EXPLAIN(code, fault, words, title, meaning, cure, example) \
    {{code, title, meaning, cure, example}, fault, words},
#include "explain.def"
#undef EXPLAIN
};

enum { KINDS = sizeof kinds / sizeof *kinds };

const ad_explanation *ad_explanation_at(int i)
{
    return i >= 0 && i < KINDS ? &kinds[i].explanation : NULL;
}

const ad_explanation *ad_explanation_find(const char *code)
{
    for (int i = 0; i < KINDS; i++)
        if (strcmp(kinds[i].explanation.code, code) == 0)
            return &kinds[i].explanation;
    return NULL;
}

/* Whether the first line has the part. */
static bool stands_in(const char *line, const char *part, size_t size)
{
    size_t end = strcspn(line, "\n");
    for (size_t i = 0; i + size <= end; i++)
        if (memcmp(line + i, part, size) == 0)
            return true;
    return false;
}

static bool has_words(const kind *k, const char *line)
{
    for (const char *part = k->words; *part; part += strspn(part, "|")) {
        size_t size = strcspn(part, "|");
        if (stands_in(line, part, size))
            return true;
        part += size;
    }
    return false;
}

/* Words tell more than the faults of data and configurations, which have many kinds. */
static bool broad(int fault)
{
    return fault == AD_RUN_BAD_DATA || fault == AD_RUN_BAD_CONFIG;
}

const ad_explanation *ad_explanation_of(ad_run_fault fault, const char *line)
{
    for (int i = 0; i < KINDS && fault != AD_RUN_NO_FAULT; i++)
        if (!broad((int)fault) && kinds[i].fault == (int)fault)
            return &kinds[i].explanation;
    for (int i = 0; i < KINDS; i++)
        if (has_words(&kinds[i], line))
            return &kinds[i].explanation;
    for (int i = 0; i < KINDS && fault != AD_RUN_NO_FAULT; i++)
        if (kinds[i].fault == (int)fault)
            return &kinds[i].explanation;
    return NULL;
}
