/* What `adze train` does without a file. */
#include <adze/kit.h>

const char *ad_config_builtin(void)
{
    return "# Digits that Adze draws itself, and a small convolutional network.\n"
           "data:\n"
           "  format: digits\n"
           "  train_count: 12000\n"
           "  test_count: 2000\n"
           "model:\n"
           "  - conv: {filters: 16, kernel: 3, padding: 1}\n"
           "  - relu\n"
           "  - max_pool: {window: 2}\n"
           "  - conv: {filters: 32, kernel: 3, padding: 1}\n"
           "  - relu\n"
           "  - max_pool: {window: 2}\n"
           "  - flatten\n"
           "  - linear: {out: 128}\n"
           "  - relu\n"
           "  - dropout: {rate: 0.25}\n"
           "  - linear: {out: 10}\n"
           "train:\n"
           "  epochs: 5\n"
           "  batch: 64\n"
           "  optimizer: {method: adam, rate: 1e-3}\n";
}
