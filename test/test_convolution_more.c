/* Convolution layers beyond the core against torch 2.15: script/layer-goldens-windows made
 * golden_windows/convolution.txt. */
#include "window_golden.h"

static bool always(const golden *g)
{
    return strcmp(g->name, "mlp_conv") != 0; /* relu has kinks */
}

TEST(values_and_slopes_are_torch_s)
{
    CHECK_EQ(golden_all(ADZE_TEST_DIR "/golden_windows/convolution.txt", golden_layer, always), 44);
}

TEST_MAIN
