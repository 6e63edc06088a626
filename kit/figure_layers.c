/* Where boxes stand: in layers by the longest way to them (Sugiyama et al. 1981), in a layer by the
 * middle of those that lead to them. */
#include <stdlib.h>

#include "figure.h"

/* A box that none leads to stands right above the first that it leads to. */
static void lower_first(const ad_figure *f, figure_place *place, int box)
{
    int least = -1;
    for (int i = 0; i < f->arrows; i++) {
        int layer = place[f->arrow[i].to].layer;
        if (f->arrow[i].to == box)
            return;
        if (f->arrow[i].from == box && (least < 0 || layer < least))
            least = layer;
    }
    place[box].layer = least > 0 ? least - 1 : place[box].layer;
}

/* Arrows make no circle, so as many rounds as there are boxes are enough. */
static int find_layers(const ad_figure *f, figure_place *place)
{
    int layers = f->boxes > 0 ? 1 : 0;
    bool changed = true;
    for (int round = 0; changed && round <= f->boxes; round++) {
        changed = false;
        for (int i = 0; i < f->arrows; i++) {
            int below = place[f->arrow[i].from].layer + 1;
            if (place[f->arrow[i].to].layer < below && below < f->boxes) {
                place[f->arrow[i].to].layer = below;
                changed = true;
            }
        }
    }
    for (int i = 0; i < f->boxes; i++)
        lower_first(f, place, i);
    for (int i = 0; i < f->boxes; i++)
        layers = place[i].layer + 1 > layers ? place[i].layer + 1 : layers;
    return layers;
}

/* The mean place of those with an arrow to a box; where there are none, left of all. */
static double middle_of(const ad_figure *f, const figure_place *place, int box)
{
    double sum = 0;
    int count = 0;
    for (int i = 0; i < f->arrows; i++)
        if (f->arrow[i].to == box) {
            sum += place[f->arrow[i].from].order;
            count++;
        }
    return count ? sum / count : -1;
}

static void order_layer(const ad_figure *f, figure_place *place, double *middle, int layer)
{
    for (int i = 0; i < f->boxes; i++)
        if (place[i].layer == layer)
            middle[i] = middle_of(f, place, i);
    for (int i = 0; i < f->boxes; i++) {
        if (place[i].layer != layer)
            continue;
        place[i].order = 0;
        for (int k = 0; k < f->boxes; k++)
            if (place[k].layer == layer &&
                (middle[k] < middle[i] || (middle[k] <= middle[i] && k < i)))
                place[i].order++;
    }
}

int figure_layers(const ad_figure *f, figure_place *place)
{
    double *middle = calloc((size_t)f->boxes + 1, sizeof *middle);
    if (!middle)
        return -1;
    for (int i = 0; i < f->boxes; i++)
        place[i] = (figure_place){0};
    int layers = find_layers(f, place);
    for (int layer = 0; layer < layers; layer++)
        order_layer(f, place, middle, layer);
    free(middle);
    return layers;
}
