/* A first configuration's parts: what is held out to test with and to validate by, and how many
 * examples are left. */
#include "init.h"

#include <stdio.h>

#include "config.h"
#include "message.h"

enum { LEAST_VALIDATED = 300 /* examples below which nothing is held out to validate by */ };

/* Examples, or windows of one long text. */
static double all_examples(const init_facts *f)
{
    return f->schema->running && f->bytes ? init_windows(f) : (double)f->train;
}

int64_t init_examples(const init_facts *f)
{
    return (int64_t)(all_examples(f) * (1 - f->test_share) * (1 - f->validation_share));
}

/* Whether that share can be cut off, groups whole; *kept is what is left. */
static bool cuts(init_facts *f, ad_source *whole, double share, ad_source **kept)
{
    ad_source *held = NULL;
    *kept = NULL;
    bool good =
        ad_source_split(whole, .share = {1 - share, share}, .seed = (uint64_t)f->config->train.seed,
                        .group = f->config->parts.group, .part = {kept, &held}) == AD_OK;
    f->no_memory = f->no_memory || (!good && ad_error_status() == AD_ERROR_MEMORY);
    ad_source_free(held);
    return good;
}

/* The least of `share`, a tenth more and so on up to a half that can be cut off; 0: none can. */
static double least_share(init_facts *f, ad_source *whole, double share, ad_source **kept)
{
    for (int tenths = 0; tenths < 5 && share + tenths * 0.1 < 0.55; tenths++)
        if (cuts(f, whole, share + tenths * 0.1, kept))
            return (double)(int)((share + tenths * 0.1) * 100 + 0.5) / 100;
    return 0;
}

static ad_status no_parts(const init_facts *f)
{
    return message_fail(AD_ERROR_FORMAT,
                        "%s: no test part keeps examples of one '%s' together: "
                        "%s\n  name another field as data.group, or leave it out\n",
                        f->o->path, f->config->parts.group, ad_error());
}

/* Parts of a few groups are as large as those: shares that were not asked for are made so large
 * that each part has one. */
static ad_status fit_groups(init_facts *f, ad_source *whole)
{
    ad_source *kept = NULL, *rest = NULL;
    bool own_test = config_has(f->config, "data.test_share");
    bool own_validation = config_has(f->config, "data.validation");
    double test = f->test_share;
    if (test > 0 && !own_test)
        f->test_share = least_share(f, whole, test, &kept);
    else if (test > 0)
        (void)cuts(f, whole, test, &kept);
    if (test > 0 && !kept)
        return f->no_memory ? message_no_memory() : no_parts(f);
    ad_source *left = kept ? kept : whole;
    if (f->validation_share > 0 && !own_validation)
        f->validation_share = least_share(f, left, f->validation_share, &rest);
    ad_source_free(rest);
    ad_source_free(kept);
    return f->no_memory ? message_no_memory() : AD_OK;
}

ad_status init_shares(init_facts *f, ad_source *whole)
{
    const ad_config *c = f->config;
    bool running = f->schema->running && !f->time;
    f->test_share = config_has(c, "data.test_share") ? c->parts.test_share
                    : f->test                        ? 0
                    : running                        ? 0.1
                                                     : 0.2;
    double rest = all_examples(f) * (1 - f->test_share);
    f->validation_share = config_has(c, "data.validation")          ? c->parts.validation
                          : f->validation || rest < LEAST_VALIDATED ? 0
                                                                    : 0.1;
    return c->parts.group ? fit_groups(f, whole) : AD_OK;
}

void init_parts(text_buffer *t, const init_facts *f)
{
    const ad_config *c = f->config;
    const char *group = c->parts.group;
    bool running = f->schema->running && !f->time;
    char why[160];
    snprintf(why, sizeof why, "there is no test part: %s is held out",
             running               ? "the last tenth"
             : f->test_share > 0.2 ? "as much as one of the groups"
                                   : "a fifth");
    if (f->test_share > 0 && !config_has(c, "data.test_share"))
        init_line(t, why, "  test_share: %g", f->test_share);
    if (f->validation_share > 0 && !config_has(c, "data.validation"))
        init_line(t,
                  f->validation_share > 0.1
                      ? "of the rest: less would be no whole group; its lowest loss says which "
                        "weights are kept"
                      : "of the rest: the weights of its lowest loss are kept",
                  "  validation: %g", f->validation_share);
    bool cut = !f->test || f->validation_share > 0;
    if (cut && f->classes && !config_has(c, "data.split") && !group)
        init_line(t, "each class has its share in every part", "  split: stratified");
}
