/* Schedules beyond the core: train.h has the formulas. */
#include "train/schedule.h"

static double milestones(const ad_schedule *s, int64_t step)
{
    int passed = 0;
    while (passed < s->at.count && s->at.value[passed] <= (double)step)
        passed++;
    return s->rate * pow(s->factor, passed);
}

static double polynomial(const ad_schedule *s, double t)
{
    double all = (double)(s->steps - s->warmup), share = all > 0 && t < all ? t / all : 1;
    return s->final + (s->rate - s->final) * pow(1 - share, s->power);
}

static double restarts(const ad_schedule *s, int64_t t)
{
    double period = s->every > 0 ? (double)s->every : 1, at = (double)t;
    if (s->times <= 1)
        at = fmod(at, period);
    for (; at >= period; period *= (double)s->times)
        at -= period;
    return schedule_cosine(s->rate, s->final, at / period);
}

/* ---- cycles: how far up the rate is, from the ends of the phase that step is in */

static double between(const ad_schedule *s, double from, double to, double share)
{
    return s->anneal == AD_ANNEAL_LINEAR ? from + (to - from) * share
                                         : schedule_cosine(from, to, share);
}

/* The value of step where it is low, then high, then low, then last. */
static double one_cycle(const ad_schedule *s, double step, double low, double high, double last)
{
    double up = s->share * (double)s->steps - 1, end = (double)s->steps - 1;
    double down = 2 * s->share * (double)s->steps - 2;
    step = step < end ? step : end;
    if (step <= up)
        return between(s, low, high, step / up);
    if (!s->three_phase)
        return between(s, high, last, (step - up) / (end - up));
    return step <= down ? between(s, high, low, (step - up) / (down - up))
                        : between(s, low, last, (step - down) / (end - down));
}

/* Share of the way up, with the mode's scale. */
static double cyclic(const ad_schedule *s, double step)
{
    double up = (double)s->every, all = up + (double)(s->down == AD_SAME ? s->every : s->down);
    double cycle = floor(step / all), x = step / all - cycle, top = up / all;
    double height = x <= top ? x / top : (x - 1) / (top - 1);
    switch (s->mode) {
    case AD_CYCLE_TRIANGULAR2: return height * pow(2, -cycle);
    case AD_CYCLE_EXP_RANGE: return height * pow(s->factor, step);
    default: return height;
    }
}

double schedule_more(const ad_schedule *s, int64_t step)
{
    double t = (double)(step - s->warmup), now = (double)step;
    switch (s->shape) {
    case AD_RATE_MILESTONES: return milestones(s, step);
    case AD_RATE_EXPONENTIAL:
        return s->rate * pow(s->factor, t / (double)(s->every ? s->every : 1));
    case AD_RATE_POLYNOMIAL: return polynomial(s, t);
    case AD_RATE_RESTARTS: return restarts(s, step - s->warmup);
    case AD_RATE_ONE_CYCLE:
        return one_cycle(s, now, s->rate / s->start, s->rate, s->rate / s->start / s->end);
    case AD_RATE_CYCLIC: return s->final + (s->rate - s->final) * cyclic(s, now);
    case AD_RATE_INVERSE_SQRT:
        return s->rate * sqrt((double)(s->warmup > 0 ? s->warmup : 1) / (now + 1));
    case AD_RATE_NOAM:
        return s->rate / sqrt((double)s->width) *
               fmin(1 / sqrt(now + 1), (now + 1) * pow((double)s->warmup, -1.5));
    default: return s->rate;
    }
}

double ad_schedule_momentum(const ad_schedule *s, int64_t step)
{
    double low = s->momentum_low, high = s->momentum_high;
    if (s->shape == AD_RATE_ONE_CYCLE)
        return one_cycle(s, (double)step, high, low, high);
    if (s->shape == AD_RATE_CYCLIC)
        return high - (high - low) * cyclic(s, (double)step);
    return NAN;
}

/* ---- plateau */

void ad_plateau_see(ad_plateau *p, const ad_schedule *s, double measure)
{
    bool better = !p->seen || measure < p->best - s->threshold * fabs(p->best);
    p->seen++;
    if (better)
        p->best = measure;
    p->waited = better ? 0 : p->waited + 1;
    if (p->cooling > 0) {
        p->cooling--;
        p->waited = 0;
    }
    if (p->waited <= s->patience)
        return;
    p->drops++;
    p->cooling = s->cooldown;
    p->waited = 0;
}

double ad_plateau_rate(const ad_plateau *p, const ad_schedule *s)
{
    return fmax(s->rate * pow(s->factor, (double)p->drops), fmin(s->final, s->rate));
}

/* ---- rate range test */

ad_rate_test ad_rate_test_begin(double low, double high, int64_t steps)
{
    return (ad_rate_test){.low = low, .high = high, .steps = steps, .smooth = 0.9, .worst = 4};
}

double ad_rate_test_rate(const ad_rate_test *t)
{
    double share = t->steps > 1 ? (double)t->step / (double)(t->steps - 1) : 0;
    return t->low * pow(t->high / t->low, share);
}

bool ad_rate_test_see(ad_rate_test *t, double loss)
{
    double rate = ad_rate_test_rate(t), before = t->before;
    t->mean = t->smooth * t->mean + (1 - t->smooth) * loss;
    t->step++;
    double now = t->mean / (1 - pow(t->smooth, (double)t->step));
    t->before = now;
    if (!isfinite(now))
        return false;
    if (t->step == 1 || now < t->least)
        t->least = now;
    if (t->step > 1 + t->steps / 10 && now - before < t->steepest) {
        t->steepest = now - before;
        t->rate = rate;
    }
    return t->step < t->steps && now <= t->worst * t->least;
}

/* ---------------------------------------------------------------- records */

#define SHARE(name_, also_, help_) ROW(name_, AD_OPTION_NUMBER, 0, 1, also_, help_)
#define COUNT(name_, least_, also_, help_) ROW(name_, AD_OPTION_WHOLE, least_, 1e6, also_, help_)

static const ad_option multi_step_rows[] = {
    WARMUP,
    {.name = "at",
     .type = AD_OPTION_NUMBERS,
     .required = true,
     .low = 1,
     .high = 1e6,
     .offset = offsetof(ad_schedule, at),
     .also = "milestones boundaries",
     .help = "after which epochs the rate drops, rising"},
    FACTOR("of each drop"),
};
static const ad_option exponential_rows[] = {
    WARMUP, EVERY("decay_steps", "epochs in which the rate falls by factor"),
    FACTOR("over `every` epochs")};
static const ad_option polynomial_rows[] = {
    WARMUP, FINAL("the rate at the end"), ROW(power, AD_OPTION_NUMBER, 0, 100, NULL, "1: a line")};
static const ad_option restarts_rows[] = {
    WARMUP, FINAL("the lowest rate"), EVERY("t_0 first_decay_steps", "epochs of the first fall"),
    COUNT(times, 1, "t_mult t_mul", "how much longer each fall is than the one before")};
static const ad_option one_cycle_rows[] = {
    SHARE(share, "pct_start", "of all steps: those on the way up"),
    ROW(start, AD_OPTION_NUMBER, 1, 1e9, "div_factor", "the first rate is rate by this"),
    ROW(end, AD_OPTION_NUMBER, 1, 1e12, "final_div_factor", "the last is the first by this"),
    {.name = "anneal",
     .type = AD_OPTION_WORD,
     .words = "cos linear",
     .offset = offsetof(ad_schedule, anneal),
     .also = "anneal_strategy",
     .help = "along half a cosine, or lines"},
    ROW(three_phase, AD_OPTION_TRUTH, 0, 0, NULL, "down as long as up, then on to the last"),
};
static const ad_option cyclic_rows[] = {
    FINAL("the lowest rate"),
    EVERY("step_size_up step_size", "epochs on the way up"),
    {.name = "down",
     .type = AD_OPTION_WHOLE,
     .low = 1,
     .high = 1e6,
     .unit = "epochs",
     .unset = "as every",
     .offset = offsetof(ad_schedule, down),
     .also = "step_size_down",
     .help = "epochs on the way down"},
    {.name = "mode",
     .type = AD_OPTION_WORD,
     .words = "triangular triangular2 exp_range",
     .offset = offsetof(ad_schedule, mode),
     .help = "heights: all the same, half of the one before, times factor^step"},
    FACTOR("of exp_range, each step"),
};
static const ad_option inverse_sqrt_rows[] = {WARMUP};
static const ad_option noam_rows[] = {WARMUP,
                                      COUNT(width, 1, "d_model model_size", "of the model")};
static const ad_option plateau_rows[] = {
    WARMUP,
    FACTOR("of each drop"),
    COUNT(patience, 0, NULL, "validations that may be no better, before a drop"),
    SHARE(threshold, "min_delta", "of the best: what counts as better"),
    COUNT(cooldown, 0, NULL, "validations after a drop that do not count"),
    FINAL("the lowest rate"),
};

#define SCHEDULE(name_, shape_, also_, help_, formula_)     \
    {                                                       \
        {.name = #name_,                                    \
         .also = also_,                                     \
         .help = help_,                                     \
         .formula = formula_,                               \
         AD_RECORD_OPTIONS(name_##_rows, name_##_initial)}, \
            shape_                                          \
    }

static const ad_schedule multi_step_initial =
    AD_OPTIONS_INIT(ad_schedule, .shape = AD_RATE_MILESTONES);
static const ad_schedule exponential_initial =
    AD_OPTIONS_INIT(ad_schedule, .shape = AD_RATE_EXPONENTIAL, .every = 1);
static const ad_schedule polynomial_initial =
    AD_OPTIONS_INIT(ad_schedule, .shape = AD_RATE_POLYNOMIAL);
static const ad_schedule restarts_initial =
    AD_OPTIONS_INIT(ad_schedule, .shape = AD_RATE_RESTARTS, .every = 10);
static const ad_schedule one_cycle_initial =
    AD_OPTIONS_INIT(ad_schedule, .shape = AD_RATE_ONE_CYCLE);
static const ad_schedule cyclic_initial =
    AD_OPTIONS_INIT(ad_schedule, .shape = AD_RATE_CYCLIC, .every = 2);
static const ad_schedule inverse_sqrt_initial =
    AD_OPTIONS_INIT(ad_schedule, .shape = AD_RATE_INVERSE_SQRT, .warmup = 4000);
static const ad_schedule noam_initial =
    AD_OPTIONS_INIT(ad_schedule, .shape = AD_RATE_NOAM, .warmup = 4000);
static const ad_schedule plateau_initial = AD_OPTIONS_INIT(ad_schedule, .shape = AD_RATE_PLATEAU);

static const ad_schedule_record schedules[] = {
    SCHEDULE(multi_step, AD_RATE_MILESTONES, "multisteplr milestones piecewise_constant",
             "times factor after given epochs", "rate factor^(how many of `at` have passed)"),
    SCHEDULE(exponential, AD_RATE_EXPONENTIAL, "exponentiallr exponential_decay",
             "down by the same share each step", "rate factor^(t / every)"),
    SCHEDULE(polynomial, AD_RATE_POLYNOMIAL, "polynomiallr linear linear_decay poly linearlr",
             "down to final along a power; 1: a line", "final + (rate - final) (1 - t / T)^power"),
    SCHEDULE(restarts, AD_RATE_RESTARTS,
             "cosine_with_restarts sgdr cosineannealingwarmrestarts cosine_restarts",
             "cosines one after another (Loshchilov and Hutter 2016)",
             "final + (rate - final) (1 + cos(pi t / period)) / 2, t from 0 in each period;\n"
             "the first is `every` epochs, each `times` as long as the one before"),
    SCHEDULE(one_cycle, AD_RATE_ONE_CYCLE, "onecycle onecyclelr 1cycle",
             "up once and down below where it began (Smith and Topin 2017)",
             "from rate / start to rate at share T - 1, to rate / start / end at T - 1"),
    SCHEDULE(cyclic, AD_RATE_CYCLIC, "cycliclr triangular clr", "up and down in lines (Smith 2017)",
             "final + (rate - final) h; h from 0 to 1 in `every` epochs and back in `down`, times\n"
             "2^-cycle (triangular2) or factor^step (exp_range)"),
    SCHEDULE(inverse_sqrt, AD_RATE_INVERSE_SQRT, "inverse_square_root rsqrt invsqrt",
             "down by the root of the step, after a warm-up", "rate sqrt(warmup / (step + 1))"),
    SCHEDULE(noam, AD_RATE_NOAM, "noamlr transformer", "the transformer's (Vaswani et al. 2017)",
             "rate width^-0.5 min((step + 1)^-0.5, (step + 1) warmup^-1.5)"),
    SCHEDULE(plateau, AD_RATE_PLATEAU, "reducelronplateau reduce_on_plateau on_plateau",
             "times factor where validation gets no better", "rate factor^drops, at least final"),
};

const ad_record *schedule_more_at(int i)
{
    return i < (int)(sizeof schedules / sizeof *schedules) ? &schedules[i].record : NULL;
}
