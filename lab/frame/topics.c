/* Texts of made-up languages, of whose words some tell the topic or the mood. */
#include "frame.h"

lab_data lab_topics(lab *l, int count, int time, int topics, int each, double share)
{
    lab_data t = lab_texts(l, count, time, topics);
    for (int i = 0; i < count * time; i++) {
        int topic = t.y[i / time] = i / time % topics;
        int other = (int)(lab_uniform(l) * topics * each);
        bool own = lab_uniform(l) < share, common = lab_uniform(l) < 0.5;
        t.word[i] = own      ? topic * each + (int)(lab_uniform(l) * each)
                    : common ? topics * each + (int)(lab_uniform(l) * each)
                             : other;
    }
    return t;
}

lab_data lab_moods(lab *l, const double *weight, int count, int time, int words, int nots)
{
    lab_data t = lab_texts(l, count, time, 4);
    for (int i = 0; i < count; i++) {
        double sum[2] = {0, 0};
        int negate = lab_uniform(l) < 0.3 ? (int)(time * lab_uniform(l)) : -1;
        for (int k = 0; k < time; k++) {
            int word = nots + (int)((words - nots) * lab_uniform(l));
            word = k == negate ? (int)(nots * lab_uniform(l)) : word;
            for (int q = 0; q < 2 && k != negate; q++)
                sum[q] += weight[2 * word + q];
            t.word[i * time + k] = word;
        }
        t.y[i] = 2 * ((sum[0] > 0) != (negate >= 0)) + ((sum[1] > 0) != (negate >= 0));
    }
    return t;
}
