/* The records of metrics.  One exists when it has a line in metrics.def. */
#include "metric.h"

#include <stddef.h>

static const ad_top_k_options initial_top_k = AD_OPTIONS_INIT(ad_top_k_options);
static const ad_option options_top_k[] = {
    {.name = "k",
     .type = AD_OPTION_WHOLE,
     .low = 1,
     .high = 1e6,
     .offset = offsetof(ad_top_k_options, k),
     .also = "top n",
     .help = "classes that may be named"},
};

static const ad_calibration_options initial_calibration = AD_OPTIONS_INIT(ad_calibration_options);
static const ad_option options_calibration[] = {
    {.name = "bins",
     .type = AD_OPTION_WHOLE,
     .low = 2,
     .high = 1000,
     .offset = offsetof(ad_calibration_options, bins),
     .also = "n_bins buckets",
     .help = "equal parts of 0 to 1"},
};

static const ad_mase_options initial_mase = AD_OPTIONS_INIT(ad_mase_options);
static const ad_option options_mase[] = {
    {.name = "season",
     .type = AD_OPTION_WHOLE,
     .low = 1,
     .high = 1e9,
     .unit = "steps",
     .offset = offsetof(ad_mase_options, season),
     .also = "period seasonality m lag",
     .help = "how long before lies what the naive forecast says again"},
};

static const ad_pinball_options initial_pinball = AD_OPTIONS_INIT(ad_pinball_options);
static const ad_option options_pinball[] = {
    {.name = "quantile",
     .type = AD_OPTION_NUMBER,
     .low = 0,
     .high = 1,
     .above_low = true,
     .below_high = true,
     .offset = offsetof(ad_pinball_options, quantile),
     .also = "alpha q tau",
     .help = "which one is predicted"},
};

enum {
    C = AD_METRIC_CLASSES,
    N = AD_METRIC_NUMBERS,
    L = AD_METRIC_LABELS,
    S = AD_METRIC_SENTENCES,
    M = AD_METRIC_LOSSES,
    P = AD_METRIC_PLACES
};
enum { LESS = 1, SHARE = 2, CHANCES = 4, TWO = 8 };

#define OPTIONS_NONE
#define OPTIONS_top_k AD_RECORD_OPTIONS(options_top_k, initial_top_k),
#define OPTIONS_calibration AD_RECORD_OPTIONS(options_calibration, initial_calibration),
#define OPTIONS_mase AD_RECORD_OPTIONS(options_mase, initial_mase),
#define OPTIONS_pinball AD_RECORD_OPTIONS(options_pinball, initial_pinball),

#define METRIC(name, of, flags, has, also, help) extern const metric_way metric_##name;
#include "metrics.def"
#undef METRIC

static const ad_metric_record records[] = {
#define METRIC(name_, of_, flags_, has_, also_, help_)                         \
    {.record = {.name = #name_, .help = help_, .also = also_, OPTIONS_##has_}, \
     .kinds = of_,                                                             \
     .less_is_better = (flags_)&LESS,                                          \
     .share = (flags_)&SHARE,                                                  \
     .chances = (flags_)&CHANCES,                                              \
     .two = (flags_)&TWO,                                                      \
     .way = &metric_##name_},
#include "metrics.def"
#undef METRIC
};

const ad_record *ad_metric_at(int i)
{
    return i >= 0 && i < (int)(sizeof records / sizeof *records) ? &records[i].record : NULL;
}

const ad_metric_record *ad_metric_find(const char *name)
{
    return (const ad_metric_record *)ad_record_find(ad_metric_at, name);
}
