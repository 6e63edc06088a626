/* The training of lenet.yaml as a C program, to the same bits as `adze train` with the same seed.
 *
 *     ./kit_lenet_fashion DATA_DIR [SEED [WEIGHTS [EPOCHS]]]
 *
 * DATA_DIR holds the four files of Fashion-MNIST (Xiao et al. 2017) or of MNIST.  Here are the net
 * and its optimizer; the programs, the epochs and the test are in kit_fashion.h. */
#include "kit_fashion.h"

static ad_tensor *network(ad_tensor *x)
{
    x = ad_relu(ad_conv2d(x, .filters = 32, .kernel = 5, .padding = 2));
    x = ad_max_pool(x, .window = 2);
    x = ad_relu(ad_conv2d(x, .filters = 64, .kernel = 5, .padding = 2));
    x = ad_max_pool(x, .window = 2);
    x = ad_relu(ad_linear(ad_flatten(x), .out = 512));
    x = ad_dropout(x, .rate = 0.5);
    return ad_linear(x, .out = CLASSES);
}

static ad_tensor *adam(ad_tensor *loss)
{
    return ad_adam(loss, .rate = 1e-3);
}

int main(int count, char **arguments)
{
    recipe lenet = {.network = network, .train = adam, .epochs = 5, .batch = 64};
    return kit_fashion(&lenet, count, arguments);
}
