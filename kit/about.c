/* Formula, source and tests of a record: its own words first, then those of about.def. */
#include "about.h"

#include <ctype.h>
#include <string.h>

#include <adze/kit.h>

typedef enum about_list { LAYER, LOSS, OPTIMIZER, LISTS } about_list;

static const struct {
    about_list list;
    const char *names, *words;
} tested[] = {
#define TESTED(list, names, words) {list, names, words},
#define ABOUT(list, name, formula, source)
#include "about.def"
#undef TESTED
#undef ABOUT
};

static const struct {
    about_list list;
    const char *name, *formula, *source;
} abouts[] = {
#define TESTED(list, names, words)
#define ABOUT(list, name, formula, source) {list, name, formula, source},
#include "about.def"
#undef TESTED
#undef ABOUT
};

static bool is_in(const char *names, const char *name)
{
    size_t size = strlen(name);
    for (const char *at = names; (at = strstr(at, name)); at += size)
        if ((at == names || at[-1] == ' ') && (at[size] == ' ' || !at[size]))
            return true;
    return false;
}

static about_list list_of(const ad_record *r)
{
    if (ad_record_find(ad_layer_at, r->name) == r)
        return LAYER;
    if (ad_record_find(ad_config_optimizer_at, r->name) == r)
        return OPTIMIZER;
    bool loss = ad_record_find(ad_config_loss_at, r->name) == r;
#ifdef ADZE_EXTRAS
    loss = loss || ad_record_find(ad_objective_at, r->name) == r;
#endif
    return loss ? LOSS : LISTS;
}

/* "Name, Name 2015" of "... (Name, Name 2015) ...": the last such, its letters in *size. */
static const char *paper_in(const char *words, int *size)
{
    const char *found = NULL;
    for (const char *p = words; p && (p = strchr(p, '(')); p++) {
        size_t inside = strcspn(p + 1, "()");
        const char *end = p + 1 + inside;
        if (inside > 5 && *end == ')' && isdigit(end[-1]) && isdigit(end[-4]) && end[-5] == ' ' &&
            isalpha((unsigned char)p[1]))
            found = p + 1, *size = (int)inside;
    }
    return found;
}

record_about record_about_of(const ad_record *r)
{
    about_list list = list_of(r);
    record_about a = {.formula = r->formula};
    if (list == LISTS)
        return a;
    for (size_t i = 0; i < sizeof tested / sizeof *tested; i++)
        if (tested[i].list == list && is_in(tested[i].names, r->name))
            a.tested = tested[i].words;
    for (size_t i = 0; i < sizeof abouts / sizeof *abouts; i++)
        if (abouts[i].list == list && strcmp(abouts[i].name, r->name) == 0) {
            a.formula = a.formula ? a.formula : abouts[i].formula;
            a.source = abouts[i].source;
            a.source_size = a.source ? (int)strlen(a.source) : 0;
        }
    a.source = a.source ? a.source : paper_in(r->help, &a.source_size);
    a.source = a.source ? a.source : paper_in(r->formula, &a.source_size);
    return a;
}
