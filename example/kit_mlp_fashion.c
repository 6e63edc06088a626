/* The training of mlp.yaml as a C program, to the same bits as `adze train` with the same seed.
 *
 *     ./kit_mlp_fashion DATA_DIR [SEED [WEIGHTS [EPOCHS]]]
 *
 * DATA_DIR holds the four files of Fashion-MNIST (Xiao et al. 2017) or of MNIST.  Here are the net
 * and its optimizer; the programs, the epochs and the test are in kit_fashion.h. */
#include "kit_fashion.h"

static ad_tensor *network(ad_tensor *x)
{
    x = ad_flatten(x);
    x = ad_relu(ad_linear(x, .out = 512));
    x = ad_relu(ad_linear(x, .out = 512));
    return ad_linear(x, .out = CLASSES);
}

static ad_tensor *sgd(ad_tensor *loss)
{
    return ad_sgd(loss, .rate = 0.05, .momentum = 0.9);
}

int main(int count, char **arguments)
{
    recipe mlp = {.network = network, .train = sgd, .epochs = 10, .batch = 128};
    return kit_fashion(&mlp, count, arguments);
}
