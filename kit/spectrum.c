/* Mel spectrograms of sounds, their logarithms and cosine transforms. */
#include "spectrum.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "fft.h"
#include "message.h"

static const double pi = 3.14159265358979323846;

enum { LANES = 8 };

/* What one thread works in. */
typedef struct room {
    struct room *next;
    fft *plan;
    float *frame; /* (fft) */
    float *pair;  /* (fft / 2 + 1, 2) */
    float *power; /* (fft / 2 + 1) */
} room;

struct spectrum {
    spectrum_form form;
    float *window; /* (fft) */
    mel_filters filters;
    float *cosine; /* (coefficients, mels) */
    pthread_mutex_t mutex;
    room *rooms; /* that are free */
};

/* ---------------------------------------------------------------- rooms */

static void room_free(room *r)
{
    fft_free(r->plan);
    free(r->frame);
    free(r->pair);
    free(r->power);
    free(r);
}

static ad_status room_new(const spectrum_form *f, room **made)
{
    room *r = calloc(1, sizeof *r);
    size_t size = (size_t)f->fft;
    *made = NULL;
    if (!r)
        return message_no_memory();
    ad_status status = fft_new(f->fft, &r->plan);
    r->frame = malloc(size * sizeof(float));
    r->pair = malloc((size + 2) * sizeof(float));
    r->power = malloc((size / 2 + 1) * sizeof(float));
    if (status == AD_OK && !(r->frame && r->pair && r->power))
        status = message_no_memory();
    if (status == AD_OK)
        *made = r;
    else
        room_free(r);
    return status;
}

static ad_status take_room(spectrum *s, room **r)
{
    pthread_mutex_lock(&s->mutex);
    *r = s->rooms;
    if (*r)
        s->rooms = (*r)->next;
    pthread_mutex_unlock(&s->mutex);
    return *r ? AD_OK : room_new(&s->form, r);
}

static void give_room(spectrum *s, room *r)
{
    pthread_mutex_lock(&s->mutex);
    r->next = s->rooms;
    s->rooms = r;
    pthread_mutex_unlock(&s->mutex);
}

/* ---------------------------------------------------------------- making it */

static ad_status refuse(const char *what, const char *cure)
{
    return message_fail(AD_ERROR_ARGUMENT, "%s\n  %s\n", what, cure);
}

static ad_status check(const spectrum_form *f)
{
    if (f->fft % 2)
        return refuse("fft has to be even", "choose the next number");
    if (f->window_size > f->fft)
        return refuse("the window is longer than fft", "make fft at least window_size");
    if (f->high > (double)f->rate / 2)
        return refuse("high is above half of the rate", "leave it out, or choose a higher rate");
    if (f->low >= f->high)
        return refuse("low is not below high", "choose a lower one");
    if (f->coefficients > f->mels)
        return refuse("there are more coefficients than mels", "choose no more than mels");
    return AD_OK;
}

static double window_at(int64_t kind, double turn)
{
    switch ((ad_sound_window)kind) {
    case AD_WINDOW_HANN: return 0.5 - 0.5 * cos(2 * pi * turn);
    case AD_WINDOW_HAMMING: return 0.54 - 0.46 * cos(2 * pi * turn);
    case AD_WINDOW_BLACKMAN: return 0.42 - 0.5 * cos(2 * pi * turn) + 0.08 * cos(4 * pi * turn);
    case AD_WINDOW_ONES: break;
    }
    return 1;
}

/* In the middle of the frame, zeros round it. */
static void make_window(const spectrum_form *f, float *to)
{
    int64_t left = (f->fft - f->window_size) / 2;
    for (int64_t i = 0; i < f->window_size; i++)
        to[left + i] = (float)window_at(f->window, (double)i / (double)f->window_size);
}

static void make_cosines(const spectrum_form *f, float *to)
{
    double mels = (double)f->mels;
    for (int64_t k = 0; k < f->coefficients; k++)
        for (int64_t m = 0; m < f->mels; m++)
            to[k * f->mels + m] = (float)(sqrt((k ? 2 : 1) / mels) *
                                          cos(pi * (double)k * (2 * (double)m + 1) / (2 * mels)));
}

void spectrum_free(spectrum *s)
{
    if (!s)
        return;
    for (room *r = s->rooms, *next; r; r = next) {
        next = r->next;
        room_free(r);
    }
    pthread_mutex_destroy(&s->mutex);
    mel_filters_done(&s->filters);
    free(s->window);
    free(s->cosine);
    free(s);
}

ad_status spectrum_new(const spectrum_form *form, spectrum **made)
{
    *made = NULL;
    ad_status status = check(form);
    spectrum *s = status == AD_OK ? calloc(1, sizeof *s) : NULL;
    if (!s)
        return status == AD_OK ? message_no_memory() : status;
    s->form = *form;
    pthread_mutex_init(&s->mutex, NULL);
    s->window = calloc((size_t)form->fft, sizeof *s->window);
    s->cosine = malloc((size_t)(form->coefficients * form->mels + 1) * sizeof *s->cosine);
    if (!s->window || !s->cosine || !mel_filters_make(form, &s->filters))
        status = message_no_memory();
    if (status == AD_OK)
        status = room_new(form, &s->rooms); /* a missing library is told now */
    if (status != AD_OK) {
        spectrum_free(s);
        return status;
    }
    make_window(form, s->window);
    make_cosines(form, s->cosine);
    *made = s;
    return AD_OK;
}

const spectrum_form *spectrum_about(const spectrum *s)
{
    return &s->form;
}

int64_t spectrum_width(const spectrum_form *f)
{
    return f->coefficients ? f->coefficients : f->mels;
}

int64_t spectrum_steps(const spectrum_form *f, int64_t size)
{
    int64_t n = f->samples ? f->samples : size;
    if (n == 0)
        return 0;
    if (f->center)
        return 1 + n / f->hop;
    return n < f->fft ? 1 : 1 + (n - f->fft) / f->hop;
}

/* ---------------------------------------------------------------- a step */

/* A sound as it is taken: size samples, then silence up to n. */
typedef struct taken {
    const float *sample;
    int64_t size, n;
} taken;

static float sample_at(const spectrum_form *f, const taken *t, int64_t at)
{
    bool outside = at < 0 || at >= t->n;
    if (outside && (!f->center || f->padding == AD_PADDING_ZERO))
        return 0;
    if (outside) { /* mirrored at the first and the last sample, again and again */
        int64_t period = t->n > 1 ? 2 * (t->n - 1) : 1;
        at = (at % period + period) % period;
        at = at < t->n ? at : period - at;
    }
    return at < t->size ? t->sample[at] : 0;
}

static void take_frame(const spectrum *s, const taken *t, int64_t step, float *frame)
{
    const spectrum_form *f = &s->form;
    int64_t start = step * f->hop - (f->center ? f->fft / 2 : 0);
    int64_t end = t->size < t->n ? t->size : t->n;
    if (start >= 0 && start + f->fft <= end) {
        const float *from = t->sample + start;
        for (int64_t i = 0; i < f->fft; i++)
            frame[i] = from[i] * s->window[i];
        return;
    }
    for (int64_t i = 0; i < f->fft; i++)
        frame[i] = sample_at(f, t, start + i) * s->window[i];
}

static void take_power(double power, const float *restrict pair, float *restrict to, int64_t bins)
{
    for (int64_t k = 0; k < bins; k++)
        to[k] = pair[2 * k] * pair[2 * k] + pair[2 * k + 1] * pair[2 * k + 1];
    if (power == 1)
        for (int64_t k = 0; k < bins; k++)
            to[k] = sqrtf(to[k]);
    else if (power != 2)
        for (int64_t k = 0; k < bins; k++)
            to[k] = powf(to[k], (float)(power / 2));
}

/* In lanes, so that the sum is the same however it is compiled. */
static float product(const float *a, const float *b, int64_t count)
{
    float lane[LANES] = {0}, sum = 0;
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (int k = 0; k < LANES; k++)
            lane[k] += a[i + k] * b[i + k];
    for (; i < count; i++)
        sum += a[i] * b[i];
    for (int k = 0; k < LANES; k++)
        sum += lane[k];
    return sum;
}

static void take_mels(const spectrum *s, const float *power, float *mel)
{
    const float *weight = s->filters.weight;
    for (int64_t m = 0; m < s->form.mels; m++) {
        int64_t count = s->filters.count[m];
        mel[m] = product(weight, power + s->filters.first[m], count);
        weight += count;
    }
}

static void take_logs(const spectrum_form *f, float *mel)
{
    float floor = (float)f->floor, scale = (float)(20 / f->power);
    if (f->log == AD_LOG_NATURAL)
        for (int64_t m = 0; m < f->mels; m++)
            mel[m] = logf(mel[m] + floor);
    else if (f->log == AD_LOG_DB)
        for (int64_t m = 0; m < f->mels; m++)
            mel[m] = scale * log10f(mel[m] > floor ? mel[m] : floor);
}

/* ---------------------------------------------------------------- a sound */

/* No less than the largest less top. */
static void limit(const spectrum_form *f, float *value, int64_t count)
{
    float largest = -INFINITY;
    for (int64_t i = 0; i < count; i++)
        largest = value[i] > largest ? value[i] : largest;
    float least = largest - (float)f->top;
    for (int64_t i = 0; i < count; i++)
        value[i] = value[i] > least ? value[i] : least;
}

/* (steps, mels) becomes (steps, coefficients) in another place. */
static float *take_cosines(const spectrum *s, float *mel, int64_t steps)
{
    const spectrum_form *f = &s->form;
    float *made = malloc((size_t)(steps * f->coefficients + 1) * sizeof *made);
    for (int64_t t = 0; made && t < steps; t++)
        for (int64_t k = 0; k < f->coefficients; k++)
            made[t * f->coefficients + k] =
                product(s->cosine + k * f->mels, mel + t * f->mels, f->mels);
    free(mel);
    return made;
}

static void make_steps(const spectrum *s, room *r, const taken *t, float *mel, int64_t steps)
{
    const spectrum_form *f = &s->form;
    for (int64_t i = 0; i < steps; i++) {
        take_frame(s, t, i, r->frame);
        fft_real(r->plan, r->frame, r->pair);
        take_power(f->power, r->pair, r->power, f->fft / 2 + 1);
        take_mels(s, r->power, mel + i * f->mels);
        take_logs(f, mel + i * f->mels);
    }
}

ad_status spectrum_make(spectrum *s, const float *sound, int64_t size, float **out, int64_t *steps)
{
    const spectrum_form *f = &s->form;
    const taken t = {sound, size, f->samples ? f->samples : size};
    int64_t all = spectrum_steps(f, size), kept = f->length && all > f->length ? f->length : all;
    bool whole = f->log == AD_LOG_DB && f->top > 0; /* the largest may stand behind the cut */
    room *r;
    *out = NULL;
    float *mel = malloc((size_t)((whole ? all : kept) * f->mels + 1) * sizeof *mel);
    ad_status status = mel ? take_room(s, &r) : message_no_memory();
    if (status != AD_OK) {
        free(mel);
        return status;
    }
    make_steps(s, r, &t, mel, whole ? all : kept);
    give_room(s, r);
    if (whole)
        limit(f, mel, all * f->mels);
    *out = f->coefficients ? take_cosines(s, mel, kept) : mel;
    *steps = kept;
    return *out ? AD_OK : message_no_memory();
}
