/* Nearest neighbours, to which nets are compared. */
#include "frame.h"

enum { NEAREST = 5, MOST_CLASSES = 10 };

/* The class that most of the nearest have, that of the nearest one of equals. */
static int vote(const lab_data *known, const float *x)
{
    double near[NEAREST + 1] = {0};
    int class[NEAREST + 1] = {0}, votes[MOST_CLASSES] = {0}, found = 0;
    for (int64_t j = 0; j < known->count; j++) {
        double far = 0;
        for (int k = 0; k < known->size; k++) {
            double by = x[k] - known->x[j * known->size + k];
            far += by * by;
        }
        int at = found < NEAREST ? found++ : NEAREST;
        for (; at > 0 && near[at - 1] > far; at--)
            near[at] = near[at - 1], class[at] = class[at - 1];
        near[at] = far, class[at] = known->y[j];
    }
    for (int k = 0; k < found; k++)
        votes[class[k]]++;
    int most = class[0];
    for (int k = 1; k < found; k++)
        most = votes[class[k]] > votes[most] ? class[k] : most;
    return most;
}

double lab_right_by_neighbours(lab *l, const lab_data *known, const lab_data *asked)
{
    int right = 0;
    if (known->classes > MOST_CLASSES)
        lab_stop(l, "nearest neighbours are asked for more than 10 classes");
    for (int64_t i = 0; i < asked->count; i++)
        right += vote(known, asked->x + i * asked->size) == asked->y[i];
    return (double)right / asked->count;
}
