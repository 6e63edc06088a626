/* A table whose columns are numbers and paths of pictures (or classes, texts, sounds): a model of
 * all of them together, by the file that `adze init` writes, trained and measured.
 *
 * usage: mixed [TABLE.csv COLUMN]   COLUMN: what is learned.  Without them mixed.csv is drawn here:
 * stripes and a number, of which neither says the class alone. */
#include <adze/kit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A picture of stripes, across or down in four brightnesses, and its row. */
static bool draw(FILE *table, int i)
{
    char name[40];
    int kind = i * 37 % 8, weight = i * 29 % 101;
    snprintf(name, sizeof name, "mixed%d.pgm", kind);
    FILE *picture = fopen(name, "w");
    if (!picture)
        return false;
    for (int k = 0; k < 64; k++)
        fprintf(picture, "%s%d", k ? " " : "P2 8 8 255\n",
                20 * (kind / 2) + 150 * ((kind % 2 ? k : k / 8) % 2));
    fprintf(table, "%s%s,%d.5,%s\n", i ? "" : "picture,weight,sort\n", name, weight,
            (weight > 50) == kind % 2 ? "heavy" : "light");
    return fclose(picture) == 0;
}

int main(int count, char **arguments)
{
    ad_init_options o = {.path = "mixed.csv", .target = {"sort"}, .targets = 1};
    char *text = NULL;
    ad_config *config = NULL;
    ad_run_data data = {0};
    ad_run_network n = {0};
    ad_run_result result;
    ad_run_measured m = {0};
    FILE *table = count > 2 ? NULL : fopen("mixed.csv", "w");
    for (int i = 0; table && i < 200 && draw(table, i);)
        i++;
    if (table)
        fclose(table);
    else if (count > 2)
        o.path = arguments[1], o.target[0] = arguments[2];
    bool good =
        ad_init_text(&o, &text) == AD_OK &&
        ad_config_parse("mixed", text, strlen(text), NULL, 0, &config) == AD_OK &&
        ad_run_sources(config, &data) == AD_OK && ad_run_build(config, &data, 0, &n) == AD_OK &&
        ad_run_train(&(ad_run_options){.config = config, .data = &data, .network = &n}, &result) ==
            AD_OK &&
        ad_run_measure(&n, &data, data.test, NULL, NULL, &m) == AD_OK;
    printf("%s", good ? "" : ad_kit_error());
    for (int i = 0; i < m.measures; i++)
        printf("%s %.4f\n", m.measured[i].name, m.measured[i].value);
    good = good && (count > 2 || m.measured[1].value > 0.9);
    ad_run_measured_done(&m), ad_run_network_done(&n), ad_run_data_done(&data);
    ad_config_free(config), free(text);
    return !good;
}
