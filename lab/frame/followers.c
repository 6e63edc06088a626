/* Words and those that follow them. */
#include "frame.h"

lab_data lab_followers(lab *l, int count, int words, int late, double share, double chance)
{
    lab_data d = lab_examples(l, count, words, words);
    int usual = words - late;
    double all = 0;
    for (int k = 0; k < usual; k++)
        all += 1 / (k + 1.0);
    for (int i = 0; i < count; i++) {
        double at = lab_uniform(l) * all;
        int word = 0;
        for (; word < usual - 1 && at >= 1 / (word + 1.0); word++)
            at -= 1 / (word + 1.0);
        word = lab_uniform(l) < share ? usual + (int)(late * lab_uniform(l)) : word;
        d.x[i * words + word] = 1;
        bool any = lab_uniform(l) < chance;
        d.y[i] = any ? (int32_t)(words * lab_uniform(l)) : (word * 37 + 11) % words;
    }
    return d;
}
