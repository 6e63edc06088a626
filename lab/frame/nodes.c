/* Draws a graph from what the engine says of it. */
#include "frame.h"

enum { NODES = 64 };

/* "%5 = matmul %0 %4 : f32(batch, 8)" as a box with arrows from 0 and 4; box: of each node, -1 for
 * what is not drawn, as first values of variables. */
static void draw_node(lab_figure *f, const char *line, int box[NODES])
{
    char op[24], named[24] = "", shape[80];
    int id, used, from, more, size = (int)strcspn(line, "\n");
    if (sscanf(line, "%%%d = %23s%n", &id, op, &used) != 2 || id >= NODES)
        return;
    box[id] = -1;
    if (strcmp(op, "uniform") == 0 || strcmp(op, "full") == 0)
        return;
    const char *type = strstr(line, " : ") + 3, *name = strstr(line, "name=\"");
    const char *far = strstr(line, "device=1");
    if (name && name < line + size)
        sscanf(name, "name=\"%23[^\"]", named);
    snprintf(shape, sizeof shape, "%.*s", (int)(line + size - type), type);
    box[id] = lab_box(f, lab_quote(f->l, *named ? named : op), lab_quote(f->l, shape),
                      far && far < line + size);
    for (line += used; sscanf(line, " %%%d%n", &from, &more) == 1; line += more)
        if (from < NODES && box[from] >= 0)
            lab_arrow(f, box[from], box[id], T("", ""));
}

void lab_nodes(lab_figure *f, ad_graph *graph)
{
    int box[NODES];
    for (const char *line = ad_graph_text(graph); line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (*line == '%')
            draw_node(f, line, box);
        if (!*line)
            break;
    }
}

int lab_node_count(ad_graph *graph)
{
    int count = 0;
    for (const char *at = ad_graph_text(graph); (at = strstr(at, "\n%")) != NULL; at++)
        count++;
    return count;
}
