/* Digits that Adze draws: synthetic data for a first try, not a picture of anybody's handwriting.
 *
 * Each image takes one way to write its digit, moves the points a little, turns, shears, scales and
 * shifts them, draws the strokes with a pen of some thickness and softness, sometimes a stray mark,
 * and adds noise.  The arithmetic is + - * / and square roots of doubles on random whole numbers,
 * so that every machine draws the same bits. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dataset.h"
#include "glyph.h"
#include "message.h"
#include "random.h"

enum { SIDE = 28, PIXELS = SIDE * SIDE, PIECES = 5 };

typedef struct point {
    double x, y;
} point;

/* One image: where ink is near. */
typedef struct canvas {
    double radius, soft;  /* of the pen, in pixels */
    double near2[PIXELS]; /* squared distance from the stroke */
} canvas;

/* x' = a x + b y + e, y' = c x + d y + f */
typedef struct map {
    double a, b, c, d, e, f;
} map;

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* ---------------------------------------------------------------- pen */

static double distance2(point p, point q, double x, double y)
{
    double dx = q.x - p.x, dy = q.y - p.y;
    double length2 = dx * dx + dy * dy;
    double t = length2 > 0 ? ((x - p.x) * dx + (y - p.y) * dy) / length2 : 0;
    t = larger(0, smaller(1, t));
    double gx = p.x + t * dx - x, gy = p.y + t * dy - y;
    return gx * gx + gy * gy;
}

static int pixel(double v)
{
    return (int)larger(0, smaller(SIDE - 1, v));
}

static void draw_line(canvas *c, point p, point q)
{
    double reach = c->radius + c->soft + 1;
    int left = pixel(smaller(p.x, q.x) - reach), right = pixel(larger(p.x, q.x) + reach);
    int top = pixel(smaller(p.y, q.y) - reach), bottom = pixel(larger(p.y, q.y) + reach);
    for (int y = top; y <= bottom; y++) {
        for (int x = left; x <= right; x++) {
            double *near2 = &c->near2[y * SIDE + x];
            *near2 = smaller(*near2, distance2(p, q, x + 0.5, y + 0.5));
        }
    }
}

/* Catmull and Rom 1974: a cubic from p1 to p2 whose slopes follow p0 and p3. */
static double spline(double p0, double p1, double p2, double p3, double t)
{
    double a = 2 * p1, b = p2 - p0, c = 2 * p0 - 5 * p1 + 4 * p2 - p3, d = 3 * (p1 - p2) + p3 - p0;
    return 0.5 * (a + t * (b + t * (c + t * d)));
}

static void draw_curve(canvas *c, const point *p, int count)
{
    point last = p[0];
    for (int i = 0; i + 1 < count; i++) {
        point p0 = p[i > 0 ? i - 1 : 0], p3 = p[i + 2 < count ? i + 2 : count - 1];
        for (int k = 1; k <= PIECES; k++) {
            double t = (double)k / PIECES;
            point next = {spline(p0.x, p[i].x, p[i + 1].x, p3.x, t),
                          spline(p0.y, p[i].y, p[i + 1].y, p3.y, t)};
            draw_line(c, last, next);
            last = next;
        }
    }
}

static void draw_stroke(canvas *c, const glyph_stroke *stroke, const map *m, random_state *r)
{
    const double shake = 0.05;
    point p[GLYPH_POINTS];
    for (int i = 0; i < stroke->count; i++) {
        double x = stroke->point[i].x - 0.5 + random_between(r, -shake, shake);
        double y = stroke->point[i].y - 0.5 + random_between(r, -shake, shake);
        p[i] = (point){m->a * x + m->b * y + m->e, m->c * x + m->d * y + m->f};
    }
    if (stroke->smooth) {
        draw_curve(c, p, stroke->count);
        return;
    }
    for (int i = 0; i + 1 < stroke->count; i++)
        draw_line(c, p[i], p[i + 1]);
}

/* ---------------------------------------------------------------- one image */

/* Turned by up to 15 degrees, sheared, scaled, shifted.  With t the tangent of half the angle, its
 * cosine is (1 - t^2) / (1 + t^2) and its sine 2 t / (1 + t^2). */
static map choose_map(random_state *r)
{
    double t = random_between(r, -0.13, 0.13), shear = random_between(r, -0.25, 0.25);
    double width = random_between(r, 14, 22), height = random_between(r, 16, 22);
    double cosine = (1 - t * t) / (1 + t * t), sine = 2 * t / (1 + t * t);
    map m = {cosine * width, (cosine * shear - sine) * height,
             sine * width,   (sine * shear + cosine) * height,
             SIDE / 2.0,     SIDE / 2.0};
    m.e += random_between(r, -2, 2);
    m.f += random_between(r, -2, 2);
    return m;
}

/* A short line somewhere, in one image of four. */
static void draw_stray(canvas *c, random_state *r)
{
    if (random_below(r, 4) > 0)
        return;
    point p = {random_between(r, 0, SIDE), random_between(r, 0, SIDE)};
    point q = {p.x + random_between(r, -6, 6), p.y + random_between(r, -6, 6)};
    draw_line(c, p, q);
}

/* Close to normal: the sum of four numbers of 16 bits, from -1 to 1. */
static double noise(random_state *r)
{
    uint64_t word = random_next(r);
    double sum = (double)(word & 0xFFFF) + (double)(word >> 16 & 0xFFFF) +
                 (double)(word >> 32 & 0xFFFF) + (double)(word >> 48);
    return sum * (1.0 / 131070) - 1;
}

static void develop(const canvas *c, random_state *r, uint8_t *image)
{
    double ink = random_between(r, 140, 255), paper = random_between(r, 0, 30),
           grain = random_between(r, 10, 80);
    for (int i = 0; i < PIXELS; i++) {
        double near = sqrt(c->near2[i]);
        double share = larger(0, smaller(1, (c->radius + c->soft / 2 - near) / c->soft));
        double value = paper + (ink - paper) * share + grain * noise(r);
        image[i] = (uint8_t)(larger(0, smaller(255, value)) + 0.5);
    }
}

static void draw_digit(int digit, random_state *r, uint8_t *image)
{
    int ways;
    const glyph *all = glyph_find(digit, &ways);
    const glyph *g = &all[random_below(r, (uint64_t)ways)];
    canvas c = {.radius = random_between(r, 0.7, 1.7)};
    c.soft = random_between(r, 0.7, 2);
    for (int i = 0; i < PIXELS; i++)
        c.near2[i] = 4.0 * PIXELS;
    map m = choose_map(r);
    for (int i = 0; i < g->strokes; i++)
        draw_stroke(&c, &g->stroke[i], &m, r);
    draw_stray(&c, r);
    develop(&c, r, image);
}

/* ---------------------------------------------------------------- the set */

static void fill(ad_dataset *d, ad_part part, uint64_t seed)
{
    int64_t order[10] = {0};
    for (int64_t i = 0; i < d->info.count; i++) {
        if (i % 10 == 0)
            ad_shuffle(order, 10, seed, (uint64_t)(i / 10) * 2 + (part == AD_PART_TEST));
        random_state r = random_start(seed, (uint64_t)i * 4 + (part == AD_PART_TEST ? 2 : 0));
        d->labels[i] = (int32_t)order[i % 10];
        draw_digit(d->labels[i], &r, d->images + i * PIXELS);
    }
}

ad_status ad_dataset_digits(int64_t count, ad_part part, uint64_t seed, ad_dataset **dataset)
{
    *dataset = NULL;
    if (count < 1) {
        return message_fail(AD_ERROR_ARGUMENT, "digits: a count of %lld\n  ask for 1 or more\n",
                            (long long)count);
    }
    ad_dataset *d = dataset_new(count, SIDE, SIDE, 1);
    if (!d)
        return message_no_memory();
    d->info.classes = 10;
    fill(d, part, seed);
    *dataset = d;
    return AD_OK;
}
