/* Words, pictures and pages as HTML. */
#define _POSIX_C_SOURCE 200809L

#include "markup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <adze/figure.h>

#include "image.h"
#include "message.h"
#include "utf8.h"

static const char *escape(char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

void markup_add(text_buffer *t, const char *words)
{
    size_t left = words ? strlen(words) : 0;
    while (left > 0) {
        unsigned code;
        int size = utf8_next(words, left, &code);
        const char *instead = escape(*words);
        if (instead)
            text_add(t, instead);
        else if (size == 0)
            text_add(t, "\xEF\xBF\xBD");
        else if (code < 32 && code != '\n')
            text_add(t, " ");
        else
            text_add_bytes(t, words, (size_t)size);
        size = size ? size : 1;
        words += size, left -= (size_t)size;
    }
}

void markup_add_format(text_buffer *t, const char *format, ...)
{
    char words[1000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    markup_add(t, words);
}

void markup_add_base64(text_buffer *t, const uint8_t *bytes, size_t size)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        unsigned three = (unsigned)bytes[i] << 16;
        three |= i + 1 < size ? (unsigned)bytes[i + 1] << 8 : 0;
        three |= i + 2 < size ? (unsigned)bytes[i + 2] : 0;
        char four[4] = {letters[three >> 18], letters[three >> 12 & 63], letters[three >> 6 & 63],
                        letters[three & 63]};
        for (size_t k = size - i + 1; k < 4; k++)
            four[k] = '=';
        text_add_bytes(t, four, 4);
    }
}

/* ---------------------------------------------------------------- pictures */

ad_status markup_add_picture(text_buffer *t, const ad_image *image)
{
    uint8_t *bytes;
    size_t size;
    ad_status status = png_bytes(image, &bytes, &size);
    if (status != AD_OK)
        return status;
    text_add(t, "data:image/png;base64,");
    markup_add_base64(t, bytes, size);
    free(bytes);
    return t->failed ? message_no_memory() : AD_OK;
}

/* ---------------------------------------------------------------- pages */

static const char page_style[] =
    "*{box-sizing:border-box}\n"
    "html{-webkit-text-size-adjust:100%;text-size-adjust:100%}\n"
    "body{margin:0;background:var(--figure-ground);color:var(--figure-ink);"
    "font:15px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,"
    "'Liberation Sans',sans-serif}\n"
    "main{max-width:1160px;margin:0 auto;padding:40px 24px 64px}\n"
    "h1{font-size:26px;line-height:1.25;font-weight:650;letter-spacing:-.01em;margin:0 0 4px;"
    "overflow-wrap:anywhere}\n"
    "h2{font-size:17px;line-height:1.3;font-weight:650;margin:44px 0 12px}\n"
    "h3{font-size:14px;line-height:1.3;font-weight:600;margin:24px 0 8px}\n"
    "p{margin:8px 0;max-width:68ch;overflow-wrap:anywhere}\n"
    "a{color:var(--figure-1)}\n"
    ".soft{color:var(--figure-soft)}\n"
    ".result{font-size:19px;line-height:1.45;margin:14px 0 20px;max-width:52ch}\n"
    "code,pre,kbd{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',"
    "monospace;font-size:12.5px}\n"
    "pre{background:var(--figure-paper);border:1px solid var(--figure-line);border-radius:8px;"
    "padding:12px 14px;overflow-x:auto;margin:8px 0;line-height:1.5}\n"
    ".card{background:var(--figure-paper);border:1px solid var(--figure-line);"
    "border-radius:10px;padding:14px 16px;min-width:0}\n"
    ".grid{display:grid;gap:16px;"
    "grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr))}\n"
    ".grid.wide{align-items:start;grid-template-columns:repeat(auto-fill,minmax(min(100%,480px),"
    "1fr))}\n"
    "figure{margin:0}\n"
    "figcaption,caption{color:var(--figure-soft);font-size:13px;line-height:1.4;"
    "text-align:left}\n"
    ".scroll{overflow-x:auto}\n"
    "table{border-collapse:collapse;font-size:13.5px;font-variant-numeric:tabular-nums;"
    "max-width:none}\n"
    "caption{padding:0 0 8px;max-width:min(100%,calc(100vw - 60px))}\n"
    "nav{margin:24px 0 0;font-size:13.5px}nav a{margin-right:16px;white-space:nowrap;"
    "text-decoration:none}nav a:hover{text-decoration:underline}\n"
    "th,td{padding:5px 20px 5px 0;text-align:left;vertical-align:top;"
    "border-bottom:1px solid var(--figure-line)}\n"
    "th:last-child,td:last-child{padding-right:0}\n"
    "thead th{font-weight:600;color:var(--figure-soft);font-size:12.5px;white-space:nowrap}\n"
    "tbody th{font-weight:500}\n"
    "tbody tr:last-child>*{border-bottom:0}\n"
    ".n{text-align:right;white-space:nowrap}.w{white-space:nowrap}\n"
    ".facts{display:flex;flex-wrap:wrap;gap:12px;margin:16px 0 0;padding:0;list-style:none}\n"
    ".facts li{background:var(--figure-paper);border:1px solid var(--figure-line);"
    "border-radius:10px;padding:10px 16px;flex:1 1 118px}\n"
    ".facts b{display:block;font-size:21px;line-height:1.3;font-weight:600;"
    "font-variant-numeric:tabular-nums;white-space:nowrap}\n"
    ".facts span{color:var(--figure-soft);font-size:13px}\n"
    ".pictures{display:grid;gap:14px 12px;"
    "grid-template-columns:repeat(auto-fill,minmax(84px,1fr))}\n"
    ".pictures img{width:100%;display:block;image-rendering:pixelated;border-radius:6px;"
    "border:1px solid var(--figure-line)}\n"
    ".pictures figcaption{margin-top:4px;font-size:12px;overflow-wrap:anywhere}\n"
    ".bar{min-width:84px;background:linear-gradient(to right,color-mix(in srgb,var(--figure-1) "
    "18%,transparent) "
    "calc(var(--v)*100%),transparent 0) no-repeat left 50%/calc(100% - 20px) 70%;"
    "padding-left:6px}\n"
    ".words{max-width:46ch;min-width:24ch}\n"
    "details>summary{cursor:pointer;font-weight:600;padding:4px 0}\n"
    "@media(max-width:600px){main{padding:24px 16px 48px}h1{font-size:22px}"
    ".result{font-size:17px}.card{padding:12px}table{font-size:12.5px}th,td{padding-right:9px}"
    ".numbers small,.classes small{display:block}.numbers thead th{white-space:normal}"
    ".bar{min-width:52px;background-size:calc(100% - 9px) 70%}"
    "nav a{display:inline-block;padding:3px 0}}\n"
    "@media print{body{background:#fff}.card,.facts li,pre{break-inside:avoid}}\n";

/* Of lists, pairs and small words: the standard wants no longer texts than 4095. */
static const char list_style[] =
    "small{font-size:inherit;color:var(--figure-soft)}\n"
    ".below{margin-top:16px}\n"
    ".pair{display:grid;grid-template-columns:1fr 1fr;gap:4px}\n"
    ".pictures.pairs{grid-template-columns:repeat(auto-fill,minmax(150px,1fr))}\n"
    ".worst{display:grid;gap:12px;grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),"
    "1fr));margin:12px 0;padding:0;list-style:none}\n"
    ".worst li{background:var(--figure-paper);border:1px solid var(--figure-line);"
    "border-radius:10px;padding:10px 14px;min-width:0}.worst p{margin:0 0 6px}\n"
    ".worst small{font-size:13px;display:block}.worst p.soft{font-size:13px;margin:4px 0 "
    "0}blockquote{margin:0;overflow-wrap:anywhere;white-space:pre-wrap}\n"
    ".worst.wide{grid-template-columns:repeat(auto-fill,minmax(min(100%,480px),1fr))}\n"
    ".told{font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;font-size:13px;"
    "line-height:1.75}.told span{background:color-mix(in srgb,var(--figure-2) var(--s),"
    "transparent);border-radius:3px}\n"
    "ul.advice{margin:0;padding:12px 16px 12px 34px}.advice li{margin:4px 0}\n"
    ".written{columns:160px;margin:0;padding:0 0 0 28px}.card h3{margin:0 0 8px}\n"
    ".spectrum{width:100%;height:96px;display:block;border-radius:6px}\n"
    ".bad{color:var(--figure-2)}\n";

void markup_begin_page(text_buffer *t, const char *title, const char *language)
{
    text_add_format(t, "<!doctype html>\n<html lang=\"%s\">\n", language);
    text_add(t, "<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n"
                "<link rel=\"icon\" href=\"data:,\">\n<title>");
    markup_add(t, title);
    text_add(t, "</title>\n<style>\n");
    text_add(t, ad_figure_style());
    text_add(t, list_style);
    text_add(t, page_style);
    text_add(t, "</style>\n</head>\n<body>\n<main>\n");
}

void markup_end_page(text_buffer *t)
{
    text_add(t, "</main>\n</body>\n</html>\n");
}

ad_status markup_add_figure(text_buffer *t, const ad_figure *figure, const char *id)
{
    char *svg;
    ad_status status = ad_figure_svg(figure, &(ad_svg_options){.id = id, .in_page = true}, &svg);
    if (status != AD_OK)
        return status;
    text_add(t, strstr(svg, ";min-width:") ? "<figure class=\"card scroll\" tabindex=\"0\">"
                                           : "<figure class=\"card\">");
    text_add(t, svg);
    text_add(t, "</figure>\n");
    free(svg);
    return t->failed ? message_no_memory() : AD_OK;
}
