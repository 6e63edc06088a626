/* Layers beyond the core.  more.h includes this. */
#ifndef ADZE_LAYERS_H
#define ADZE_LAYERS_H

#include <adze/adze.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- norms */

/* ---------------------------------------------------------------- convolution */

/* ---------------------------------------------------------------- recurrent */

typedef enum ad_cell_kind { AD_CELL_RNN, AD_CELL_GRU, AD_CELL_LSTM } ad_cell_kind;

typedef struct ad_cell_options {
    AD_HEAD_(ad_cell_options);
    ad_cell_kind kind AD_IS({});
    /* width, layers, states and lengths, as ad_rnn and its kin take them; has to be given */
    const ad_recurrent_options *base AD_IS(NULL);
    bool relu AD_IS(false); /* rnn: h' = max(a + b, 0) */
    /* gru: n = tanh(a_n + (r h) U_n + b_n), the reset gate before the product (Cho et al. 2014, v1;
     * Keras' reset_after=False), and not behind it */
    bool reset_before AD_IS(false);
    /* lstm: i and f see the cell before the step and o that behind it, each unit its own: weight
     * weight_peephole_l0 (3, width) of i, f, o is multiplied with it and added before the sigmoid
     * (Gers and Schmidhuber 2000) */
    bool peephole AD_IS(false);
    /* lstm: h = (o tanh(c)) weight_hr^T of so many features, less than width; weight_hr_l0
     * (project, width), and weight_hh_l0 is (4 width, project) (Sak et al. 2014; PyTorch's
     * proj_size); 0: none. .initial and .last are of these, .initial_cell and .last_cell of width
     */
    int64_t project AD_IS(0);
    /* lstm: the forget gate's bias_ih starts with this number and its bias_hh with 0 (Jozefowicz et
     * al. 2015); AD_AUTO: as the others */
    double forget_bias AD_IS(AD_AUTO);
    /* chance of an element of h, of lstm's c, to stay as it was for the step in training; at
     * inference rate before + (1 - rate) after (Krueger et al. 2017); from 0 to below 1 */
    double zoneout AD_IS(0), zoneout_cell AD_IS(0);
    /* share of the features of each layer's input, and of h in the products, set to 0 in training
     * by one mask for all steps, the rest divided by 1 - share (Gal and Ghahramani 2016); from 0 to
     * below 1 */
    double input_dropout AD_IS(0), state_dropout AD_IS(0);
    /* out: of each step h, lstm's c, and the gates behind their functions in the order of the
     * weights (of rnn what relu or tanh gives): (batch, time, layers features), those of layers and
     * ways side by side as in .last */
    ad_tensor **states AD_IS(NULL), **cells AD_IS(NULL), **gates AD_IS(NULL);
    /* out: zeros (batch, time, layers features) that are added to each h: the gradient with regard
     * to it is dL/dh_t with all that later steps make of h_t.  (With regard to .states it is what
     * reaches h_t directly.)  Past the end of an example it is 0 */
    ad_tensor **probe AD_IS(NULL);
} ad_cell_options;
/* ad_rnn, ad_gru or ad_lstm with more to a step:
 *
 *     ad_recurrent_options base = AD_OPTIONS(ad_recurrent_options, .width = 64, .layers = 2);
 *     ad_tensor *y = ad_cell(x, .kind = AD_CELL_LSTM, .base = &base, .peephole = true);
 *
 * An option of another kind is refused.  For truncated back-propagation (Williams and Peng 1990)
 * cut a series in windows and begin each with ad_stop_gradient(last of the one before), or feed
 * what the run before fetched of .last to .initial: states go on, gradients end there. */
AD_API ad_tensor *ad_cell(ad_tensor *x, const ad_cell_options *options);

/* ---------------------------------------------------------------- attention */

/* ---------------------------------------------------------------- embedding */

/* ---------------------------------------------------------------- blocks */

/* ---------------------------------------------------------------- noise */

#ifdef __cplusplus
} /* extern "C" */
#endif

#include "layers_call.h"

#endif
