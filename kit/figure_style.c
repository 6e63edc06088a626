/* The style of figures and pages: colours light and dark, told apart by people who see no red or no
 * green too (after Okabe and Ito 2008, calmer). */
#include <adze/figure.h>

static const char style[] =
    ":root{color-scheme:light dark;--figure-ground:#f6f6f4;--figure-paper:#fff;"
    "--figure-ink:#1c2024;--figure-soft:#5d656d;--figure-line:#e2e3df;--figure-1:#2a6db0;"
    "--figure-2:#c4551f;--figure-3:#2b8159;--figure-4:#7b5ba8;--figure-5:#9a6f10;"
    "--figure-6:#0c7c86}\n"
    "@media(prefers-color-scheme:dark){:root{--figure-ground:#121417;--figure-paper:#1a1d21;"
    "--figure-ink:#e7e9eb;--figure-soft:#9ba3ac;--figure-line:#2f343a;--figure-1:#6fadec;"
    "--figure-2:#f0956a;--figure-3:#6cc496;--figure-4:#b8a0e0;--figure-5:#dcb259;"
    "--figure-6:#5dc2c9}}\n"
    ".fg{display:block;width:100%;height:auto}\n"
    ".fg text{font:11px system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,"
    "'Liberation Sans',sans-serif;font-variant-numeric:tabular-nums;fill:var(--figure-soft)}\n"
    ".fg .fg-t{font-size:13px;font-weight:600;fill:var(--figure-ink)}\n"
    ".fg .fg-i{fill:var(--figure-ink)}\n"
    ".fg .fg-k{paint-order:stroke;stroke:var(--figure-paper);stroke-width:4px;"
    "stroke-linejoin:round}\n"
    ".fg .fg-p{fill:var(--figure-paper)}\n"
    ".fg .fg-l{stroke:var(--figure-line);stroke-width:1;fill:none}\n"
    ".fg .fg-r{stroke:var(--figure-soft);stroke-width:1;stroke-dasharray:3 3;fill:none}\n"
    ".fg .fg-a{stroke:var(--figure-soft);stroke-width:1.2;fill:none}\n"
    ".fg .fg-h{fill:var(--figure-soft)}\n"
    ".fg .fg-b{fill:var(--figure-paper);stroke:var(--figure-line)}\n"
    ".fg .fg-g{fill:var(--figure-ground);stroke:var(--figure-line)}\n"
    ".fg .s{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}\n"
    ".fg .d{fill-opacity:.16;stroke:none}\n"
    ".fg .faint{opacity:.38}\n"
    ".fg .s1{stroke:var(--figure-1)}.fg .f1{fill:var(--figure-1)}\n"
    ".fg .s2{stroke:var(--figure-2)}.fg .f2{fill:var(--figure-2)}\n"
    ".fg .s3{stroke:var(--figure-3)}.fg .f3{fill:var(--figure-3)}\n"
    ".fg .s4{stroke:var(--figure-4)}.fg .f4{fill:var(--figure-4)}\n"
    ".fg .s5{stroke:var(--figure-5)}.fg .f5{fill:var(--figure-5)}\n"
    ".fg .s6{stroke:var(--figure-6)}.fg .f6{fill:var(--figure-6)}\n";

const char *ad_figure_style(void)
{
    return style;
}
