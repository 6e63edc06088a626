/* Figures made of others: pictures of any numbers, level lines. */
#include "frame.h"

void lab_shades(lab_figure *f, lab_text below, const double *value, int height, int width)
{
    int count = height * width;
    double low = value[lab_least(value, count)], high = value[lab_most(value, count)];
    double *shade = lab_numbers(f->l, count);
    for (int i = 0; i < count; i++)
        shade[i] = high > low ? (value[i] - low) / (high - low) : 0;
    lab_picture(f, below, shade, height, width, 1);
}

void lab_ellipse(lab_figure *f, lab_text name, const double a[3], const double middle[2],
                 double value)
{
    enum { POINTS = 49 };
    double x[POINTS], y[POINTS];
    for (int i = 0; i < POINTS; i++) {
        double turn = 2 * 3.14159265358979323846 * i / (POINTS - 1), c = cos(turn), s = sin(turn);
        double far = sqrt(value / (a[0] * c * c + 2 * a[1] * c * s + a[2] * s * s));
        x[i] = middle[0] + far * c, y[i] = middle[1] + far * s;
    }
    lab_path(f, name, x, y, POINTS);
}
