/* How texts are cut before they become tokens, by the rules of known tokenizers. */
#ifndef ADZE_KIT_PRETOKEN_H
#define ADZE_KIT_PRETOKEN_H

/* GPT-2's (Radford et al. 2019): 's 't 're 've 'm 'll 'd, runs of letters, of numbers, of others,
 * each with a blank before it, and runs of white space but for its last where a word follows.
 * The end of the piece that begins at p, p < end. */
const char *pretoken_gpt2(const char *p, const char *end);
/* GPT-4's, and Llama 3's, with at most so many digits together. */
const char *pretoken_cl100k(const char *p, const char *end, int most);
/* BERT's: runs of what is neither white space nor punctuation, and punctuation (Unicode's, and all
 * of ASCII that is no letter or digit) one by one.  The end of the piece, which begins at *from;
 * 0: none is left. */
const char *pretoken_bert(const char *p, const char *end, const char **from);

#endif
