/*
 * reiki: HTML to lines. A tokenizer that takes what browsers take and promises little: it knows
 * tags, comments, raw elements and character references, and no tree. Runs in policy-worker.
 *
 * Invariants: every byte of the HTML is either in one span or markup; the work is linear in the
 * bytes (a tag that never ends is an error, not a second reading).
 */
#include "format/reiki/reiki.h"

#include "base/mem/buf.h"
#include "base/text/utf8.h"
#include "format/reiki/tag.h"

#include <stdlib.h>
#include <string.h>

enum { LIST_LEVELS = 64 };

/* The hidden element that is being passed over. */
struct hidden {
    struct str name; /* of its tag; empty: none is open */
    unsigned depth;  /* open elements of that name, itself too */
    unsigned inner;  /* open lists and tables inside it */
    bool counts;     /* its text would have been read */
    size_t at;       /* where it begins */
    size_t from, to; /* of its text so far; the same: none yet */
};

struct scan {
    struct str html;
    struct buf text;
    struct reiki_span *spans;
    size_t span_count, span_cap;
    bool wanted; /* text counts here */
    bool elines;
    bool head;       /* inside the line of the rule's own title */
    unsigned depth;  /* of div elements inside the open eline; 0: none is open */
    unsigned tables; /* open ones */
    size_t row_at;   /* where the open row begins in the text */
    bool row_text;   /* a cell of it has text */
    bool bar;        /* nothing stands behind the last bar yet */
    bool blank;      /* white space was passed since the last text of the line */
    size_t blank_at; /* its first byte */
    struct list_level lists[LIST_LEVELS];
    unsigned list_count;
    struct buf number; /* of the list item whose text has not begun yet */
    struct hidden hidden;
    struct reiki_hidden *found;
    size_t found_count, found_cap;
    struct err *err;
};

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
is_letter(char c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool
is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool
is_one_of(struct str name, const char *const *words)
{
    for (; *words != NULL; words++)
        if (str_equal_nocase(name, str_of(*words)))
            return true;
    return false;
}

bool
reiki_detect(struct str source)
{
    enum { LOOK_BYTES = 8 << 10 };
    static const char *const signs[] = {"<!doctype html", "<html",  "<body",
                                        "<div",           "<table", "<p>"};
    struct str s = str_trim(str_slice(source, 0, LOOK_BYTES));
    if (str_starts(s, STR("\xef\xbb\xbf")))
        s = str_trim(str_slice(s, 3, s.n));
    if (s.n < 2 || s.p[0] != '<' || !(is_letter(s.p[1]) || s.p[1] == '!' || s.p[1] == '?'))
        return false;
    for (size_t i = 0; i < s.n; i++)
        for (size_t k = 0; s.p[i] == '<' && k < sizeof signs / sizeof *signs; k++)
            if (str_equal_nocase(str_slice(s, i, i + strlen(signs[k])), str_of(signs[k])))
                return true;
    return false;
}

/* The value of an attribute at *I behind its '='; *I moves behind it. */
static struct str
read_value(struct str s, size_t *i)
{
    while (*i < s.n && is_space(s.p[*i]))
        ++*i;
    char quote = *i < s.n && (s.p[*i] == '"' || s.p[*i] == '\'') ? s.p[(*i)++] : 0;
    size_t from = *i;
    while (*i < s.n && (quote != 0 ? s.p[*i] != quote : !is_space(s.p[*i]) && s.p[*i] != '>'))
        ++*i;
    struct str value = str_slice(s, from, *i);
    *i += quote != 0 && *i < s.n;
    return value;
}

static size_t
read_name(struct str s, size_t i)
{
    while (i < s.n && !is_space(s.p[i]) && s.p[i] != '/' && s.p[i] != '>' && s.p[i] != '=' &&
           s.p[i] != '<')
        i++;
    return i;
}

/* The tag at AT ("<name" or "</name"). -1: it does not end. */
static int
read_tag(struct scan *sc, size_t at, struct tag *ret)
{
    struct str s = str_slice(sc->html, 0, at + REIKI_TAG_BYTES);
    size_t i = at + 1;
    *ret = (struct tag){.closing = s.p[i] == '/'};
    i += ret->closing;
    size_t from = i;
    i = read_name(s, i);
    ret->name = str_slice(s, from, i);
    while (i < s.n && s.p[i] != '>') {
        if (is_space(s.p[i]) || s.p[i] == '/' || s.p[i] == '=' || s.p[i] == '<') {
            ret->empty = s.p[i++] == '/';
            continue;
        }
        from = i;
        i = read_name(s, i);
        struct str name = str_slice(s, from, i), value = {0};
        ret->empty = false;
        if (i < s.n && s.p[i] == '=') {
            i++;
            value = read_value(s, &i);
        }
        tag_attribute(ret, name, value);
    }
    if (i >= s.n)
        return ERR(sc->err, "reiki.tag", "%zu", at);
    ret->end = i + 1;
    return 0;
}

static bool
has_class(const struct tag *tag, const char *word)
{
    struct str rest = tag->class, part;
    if (rest.p == NULL)
        return false;
    while (str_split_next(&rest, ' ', &part))
        if (str_equal_z(part, word))
            return true;
    return false;
}

static void
add_span(struct scan *sc, size_t n, size_t from, size_t to)
{
    struct reiki_span *last = sc->span_count > 0 ? &sc->spans[sc->span_count - 1] : NULL;
    size_t at = sc->text.n - n;
    bool plain = n == to - from;
    if (last != NULL && plain && last->n == last->to - last->from && last->to == from &&
        last->at + last->n == at) {
        last->n += n;
        last->to = to;
        return;
    }
    if (sc->span_count == sc->span_cap) {
        sc->span_cap = sc->span_cap == 0 ? 256 : sc->span_cap * 2;
        sc->spans = reallocarray(sc->spans, sc->span_cap, sizeof *sc->spans);
        if (sc->spans == NULL)
            abort();
    }
    sc->spans[sc->span_count++] = (struct reiki_span){.at = at, .n = n, .from = from, .to = to};
}

static bool
at_line_start(const struct scan *sc)
{
    return sc->text.n == 0 || sc->text.p[sc->text.n - 1] == '\n';
}

/* The bytes S stand for HTML[from, to). */
static void
put_text(struct scan *sc, struct str s, size_t from, size_t to)
{
    static const char circle[] = "○"; /* publishers print it before a rule's title */
    if (!sc->wanted)
        return;
    if (at_line_start(sc) && sc->head && str_equal_z(s, circle))
        return;
    if (sc->blank && !at_line_start(sc) && !sc->bar) {
        buf_put_char(&sc->text, ' ');
        if (sc->blank_at + 1 == from) /* else it stands for several bytes: nowhere */
            add_span(sc, 1, sc->blank_at, from);
    }
    sc->blank = sc->bar = false;
    if (sc->number.n > 0 && !list_is_marked(str_slice(sc->html, from, sc->html.n)))
        buf_put_str(&sc->text, buf_str(&sc->number)); /* it stands nowhere */
    buf_clear(&sc->number);
    buf_put_str(&sc->text, s);
    add_span(sc, s.n, from, to);
    sc->row_text = sc->row_text || sc->tables > 0;
}

static void
end_line(struct scan *sc)
{
    sc->blank = false;
    if (sc->tables > 0 || at_line_start(sc))
        return;
    sc->bar = false;
    buf_put_char(&sc->text, '\n');
}

/* A bar of a row; cells of inner tables flow into the outer one's. */
static void
put_bar(struct scan *sc)
{
    sc->blank = sc->tables > 1;
    if (!sc->wanted || sc->tables != 1)
        return;
    buf_put_z(&sc->text, " | ");
    sc->bar = true;
}

static void
begin_row(struct scan *sc)
{
    if (sc->tables != 1 || !sc->wanted)
        return;
    if (!at_line_start(sc)) /* a caption */
        buf_put_char(&sc->text, '\n');
    sc->row_at = sc->text.n;
    sc->row_text = false;
}

/* Rows without any text (column widths) are taken back; they hold no span. */
static void
end_row(struct scan *sc)
{
    if (sc->tables != 1 || !sc->wanted || sc->row_at == sc->text.n)
        return;
    if (!sc->row_text) {
        sc->text.n = sc->row_at;
        return;
    }
    sc->bar = false;
    buf_put_z(&sc->text, " |\n");
    sc->row_at = sc->text.n;
    sc->row_text = false;
}

/* Named references that occur in such text; others stay as they are printed. */
static uint32_t
named(struct str name)
{
    static const struct {
        const char *name;
        uint32_t c;
    } names[] = {{"amp", '&'},       {"lt", '<'},       {"gt", '>'},       {"quot", '"'},
                 {"apos", '\''},     {"nbsp", 0xa0},    {"middot", 0xb7},  {"copy", 0xa9},
                 {"hellip", 0x2026}, {"mdash", 0x2014}, {"ndash", 0x2013}, {"times", 0xd7},
                 {"ensp", ' '},      {"emsp", 0x3000},  {"thinsp", ' '},   {"sect", 0xa7},
                 {"bull", 0x2022},   {"lsquo", 0x2018}, {"rsquo", 0x2019}, {"ldquo", 0x201c},
                 {"rdquo", 0x201d},  {"yen", 0xa5},     {"deg", 0xb0},     {"plusmn", 0xb1}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_equal_z(name, names[i].name))
            return names[i].c;
    return 0;
}

/* "#123" or "#x1F" as a code point; 0 when it is none that may stand in text. */
static uint32_t
numbered(struct str s)
{
    bool hex = s.n > 1 && lower(s.p[1]) == 'x';
    uint32_t c = 0;
    for (size_t i = hex ? 2 : 1; i < s.n; i++) {
        char d = lower(s.p[i]);
        uint32_t digit = d >= '0' && d <= '9' ? (uint32_t)(d - '0') : (uint32_t)(d - 'a') + 10;
        bool valid = (d >= '0' && d <= '9') || (hex && d >= 'a' && d <= 'f');
        if (!valid || c > 0x110000)
            return 0;
        c = c * (hex ? 16 : 10) + digit;
    }
    bool text = c >= 0x20 && c < 0x110000 && !(c >= 0xd800 && c <= 0xdfff) && c != 0x7f;
    return text || c == '\t' || c == '\n' ? c : 0;
}

/* The reference at AT; bytes it takes, or 0 when it is only an ampersand. */
static size_t
take_reference(struct scan *sc, size_t at)
{
    enum { NAME_MOST = 12 };
    struct str s = str_slice(sc->html, at + 1, at + 1 + NAME_MOST);
    size_t n = 0;
    while (n < s.n && (is_letter(s.p[n]) || (s.p[n] >= '0' && s.p[n] <= '9') || s.p[n] == '#'))
        n++;
    if (n == 0 || n >= s.n || s.p[n] != ';')
        return 0;
    struct str name = str_slice(s, 0, n);
    uint32_t c = name.p[0] == '#' ? numbered(name) : named(name);
    if (c == 0)
        return 0;
    char bytes[4];
    struct buf one;
    buf_init(&one, sizeof bytes);
    utf8_put(&one, c);
    put_text(sc, buf_str(&one), at, at + n + 2);
    buf_free(&one);
    return n + 2;
}

static size_t
take_char(struct scan *sc, size_t at)
{
    struct str rest = str_slice(sc->html, at, sc->html.n);
    if (is_space(rest.p[0])) {
        if (!sc->blank)
            sc->blank_at = at;
        sc->blank = true;
        return 1;
    }
    size_t n = rest.p[0] == '&' ? take_reference(sc, at) : 0;
    if (n > 0)
        return n;
    struct str behind = rest;
    utf8_next(&behind);
    n = rest.n - behind.n;
    put_text(sc, str_slice(rest, 0, n), at, at + n);
    return n;
}

/* Behind the end tag of a raw element that begins at FROM. -1: it has none. */
static int
skip_raw(struct scan *sc, struct str name, size_t from, size_t *ret_end)
{
    struct str s = sc->html;
    size_t at = from;
    while (at + 2 + name.n < s.n &&
           !(s.p[at] == '<' && s.p[at + 1] == '/' &&
             str_equal_nocase(str_slice(s, at + 2, at + 2 + name.n), name)))
        at++;
    while (at < s.n && s.p[at] != '>')
        at++;
    if (at >= s.n)
        return ERR(sc->err, "reiki.tag", "%zu", from);
    *ret_end = at + 1;
    return 0;
}

static const char *const raw[] = {"script", "style", "title",    "textarea", "noscript",
                                  "iframe", "svg",   "template", "math",     "select",
                                  "rt",     "rp",    "object",   "head",     NULL};

static const char *const blocks[] = {
    "p",   "div",        "li",      "ul",      "ol",     "dl",     "dt",   "dd",
    "h1",  "h2",         "h3",      "h4",      "h5",     "h6",     "br",   "hr",
    "tr",  "table",      "section", "article", "header", "footer", "main", "nav",
    "pre", "blockquote", "form",    "caption", "center", "body",   NULL};

/* <table>, <tr>, <td>, <th>. */
static int
take_table_tag(struct scan *sc, const struct tag *tag)
{
    bool cell = str_equal_nocase(tag->name, STR("td")) || str_equal_nocase(tag->name, STR("th"));
    if (str_equal_nocase(tag->name, STR("table"))) {
        if (tag->closing) {
            end_row(sc);
            sc->tables -= sc->tables > 0;
        } else if (sc->tables++ >= REIKI_DEPTH) {
            return ERR(sc->err, "reiki.depth", "%d", REIKI_DEPTH);
        } else if (sc->tables == 1) {
            sc->row_at = sc->text.n; /* no row yet */
        }
    } else if (str_equal_nocase(tag->name, STR("tr"))) {
        end_row(sc);
        if (!tag->closing)
            begin_row(sc);
    } else if (cell && !tag->closing) {
        put_bar(sc);
    }
    return 0;
}

/* div: the lines of the publishers. */
static int
take_div(struct scan *sc, const struct tag *tag)
{
    if (tag->closing) {
        sc->depth -= sc->depth > 0;
    } else if (has_class(tag, "eline")) {
        end_row(sc);
        sc->depth = 1;
        sc->tables = 0;
        end_line(sc);
        sc->head = false;
    } else if (sc->depth > 0 && sc->depth++ >= REIKI_DEPTH) {
        return ERR(sc->err, "reiki.depth", "%d", REIKI_DEPTH);
    }
    if (has_class(tag, "head") && !tag->closing)
        sc->head = sc->elines;
    sc->wanted = sc->elines ? sc->depth > 0 : sc->wanted;
    return 0;
}

/* <ol>, <ul>, <li>: the number that a browser would show. */
static int
take_list_tag(struct scan *sc, const struct tag *tag)
{
    bool item = str_equal_nocase(tag->name, STR("li"));
    if (!item && !str_equal_nocase(tag->name, STR("ol")) && !str_equal_nocase(tag->name, STR("ul")))
        return 0;
    buf_clear(&sc->number);
    if (item && !tag->closing && sc->list_count > 0)
        list_number(&sc->number, &sc->lists[sc->list_count - 1], tag);
    if (item)
        return 0;
    if (tag->closing)
        sc->list_count -= sc->list_count > 0;
    else if (sc->list_count == LIST_LEVELS)
        return ERR(sc->err, "reiki.depth", "%d", LIST_LEVELS);
    else
        sc->lists[sc->list_count++] = list_open(tag);
    return 0;
}

/* Elements that never hold anything. */
static const char *const voids[] = {"area", "base", "br",    "col",    "embed", "hr",  "img",
                                    "link", "meta", "input", "source", "track", "wbr", NULL};

static const char *const holders[] = {"ol", "ul", "dl", "table", NULL};

/* Elements whose end tag may be left out. */
static const char *const implied[] = {"li", "dt",    "dd",    "tr",    "td",
                                      "th", "thead", "tbody", "tfoot", NULL};

/* Passes over the element of TAG at AT, when it is hidden. */
static bool
begin_hidden(struct scan *sc, const struct tag *tag, size_t at)
{
    if (tag->closing || tag->empty || is_one_of(tag->name, voids) || !tag_hides(tag))
        return false;
    bool counts = sc->wanted || has_class(tag, "eline");
    sc->hidden = (struct hidden){.name = tag->name, .depth = 1, .counts = counts, .at = at};
    return true;
}

static void
end_hidden(struct scan *sc)
{
    struct hidden h = sc->hidden;
    sc->hidden = (struct hidden){0};
    if (!h.counts || h.from == h.to)
        return;
    if (sc->found_count == sc->found_cap) {
        sc->found_cap = sc->found_cap == 0 ? 16 : sc->found_cap * 2;
        sc->found = reallocarray(sc->found, sc->found_cap, sizeof *sc->found);
        if (sc->found == NULL)
            abort();
    }
    sc->found[sc->found_count++] = (struct reiki_hidden){h.from, h.to};
}

/* Does TAG, inside a hidden element without an end tag of its own, end it as in a browser? */
static bool
ends_implied(const struct hidden *h, const struct tag *tag)
{
    if (str_equal_nocase(h->name, STR("p")))
        return is_one_of(tag->name, blocks) && !str_equal_nocase(tag->name, STR("br")) &&
               !(tag->closing && str_equal_nocase(tag->name, STR("p")));
    if (h->inner > 0 || !is_one_of(h->name, implied))
        return false;
    bool own = str_equal_nocase(tag->name, h->name);
    if (tag->closing)
        return !own && (is_one_of(tag->name, holders) || is_one_of(tag->name, implied)) &&
               !(str_equal_nocase(h->name, STR("tr")) && (str_equal_nocase(tag->name, STR("td")) ||
                                                          str_equal_nocase(tag->name, STR("th"))));
    bool cell = str_equal_nocase(tag->name, STR("td")) || str_equal_nocase(tag->name, STR("th"));
    bool row = str_equal_nocase(h->name, STR("tr"));
    return own ||
           (is_one_of(tag->name, implied) && !(row && cell) &&
            !str_equal_nocase(h->name, STR("thead")) && !str_equal_nocase(h->name, STR("tbody")) &&
            !str_equal_nocase(h->name, STR("tfoot")));
}

/* TAG inside a hidden element. True: the element had ended before it, and TAG counts. */
static bool
hidden_tag(struct scan *sc, const struct tag *tag)
{
    struct hidden *h = &sc->hidden;
    if (ends_implied(h, tag)) {
        end_hidden(sc);
        return true;
    }
    h->counts = h->counts || has_class(tag, "eline");
    if (is_one_of(tag->name, holders)) {
        h->inner += !tag->closing;
        h->inner -= tag->closing && h->inner > 0;
    }
    bool nested = h->inner > 0 && is_one_of(h->name, implied); /* its end tag may be left out */
    if (!str_equal_nocase(tag->name, h->name) || tag->empty || nested)
        return false;
    h->depth += !tag->closing;
    h->depth -= tag->closing;
    if (h->depth == 0)
        end_hidden(sc);
    return false;
}

/* A character of a hidden element at AT; its bytes. */
static size_t
hidden_char(struct scan *sc, size_t at)
{
    struct str rest = str_slice(sc->html, at, sc->html.n), behind = rest;
    if (str_starts(rest, STR("&nbsp;")))
        return strlen("&nbsp;");
    int32_t c = utf8_next(&behind);
    size_t n = rest.n - behind.n;
    if (is_space(rest.p[0]) || c == 0x3000 || c == 0xa0)
        return n;
    if (sc->hidden.from == sc->hidden.to)
        sc->hidden.from = at;
    sc->hidden.to = at + n;
    return n;
}

static int
take_tag(struct scan *sc, size_t at, size_t *ret_end)
{
    struct tag tag;
    if (read_tag(sc, at, &tag) < 0)
        return -1;
    *ret_end = tag.end;
    if (sc->hidden.name.n > 0 && !is_one_of(tag.name, raw) && !hidden_tag(sc, &tag))
        return 0;
    if (!tag.closing && !tag.empty && is_one_of(tag.name, raw))
        return skip_raw(sc, tag.name, tag.end, ret_end);
    if (is_one_of(tag.name, blocks)) {
        end_line(sc);
        sc->blank = sc->tables > 0; /* blocks of one cell stay apart */
        sc->blank_at = at;
    }
    if (sc->hidden.name.n > 0 || begin_hidden(sc, &tag, at))
        return 0;
    if (take_list_tag(sc, &tag) < 0)
        return -1;
    if (str_equal_nocase(tag.name, STR("div")) && take_div(sc, &tag) < 0)
        return -1;
    if (str_equal_nocase(tag.name, STR("body")))
        sc->wanted = !sc->elines;
    return take_table_tag(sc, &tag);
}

/* Behind "<!…>", "<?…>" or a comment that begins at AT. -1: it does not end. */
static int
skip_declaration(struct scan *sc, size_t at, size_t *ret_end)
{
    bool comment = str_starts(str_slice(sc->html, at, sc->html.n), STR("<!--"));
    ptrdiff_t end = str_find(sc->html, comment ? STR("-->") : STR(">"), at + 2);
    if (end < 0)
        return ERR(sc->err, "reiki.tag", "%zu", at);
    *ret_end = (size_t)end + (comment ? 3 : 1);
    return 0;
}

static int
scan_all(struct scan *sc)
{
    struct str s = sc->html;
    for (size_t at = 0; at < s.n;) {
        char next = at + 1 < s.n ? s.p[at + 1] : 0;
        char third = at + 2 < s.n ? s.p[at + 2] : 0;
        bool declares = s.p[at] == '<' && (next == '!' || next == '?');
        bool tag = s.p[at] == '<' && (is_letter(next) || (next == '/' && is_letter(third)));
        if (!declares && !tag)
            at += sc->hidden.name.n > 0 ? hidden_char(sc, at) : take_char(sc, at);
        else if ((declares ? skip_declaration(sc, at, &at) : take_tag(sc, at, &at)) < 0)
            return -1;
    }
    if (sc->hidden.name.n > 0)
        return ERR(sc->err, "reiki.tag", "%zu", sc->hidden.at);
    return 0;
}

static bool
has_elines(struct str html)
{
    static const char *const forms[] = {"class=\"eline", "class='eline", "class=eline"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (str_find(html, str_of(forms[i]), 0) >= 0)
            return true;
    return false;
}

/* What was found, into ARENA. */
static int
leave(struct scan *sc, struct arena *arena, struct reiki_text *ret_text)
{
    if (buf_done(&sc->text, sc->err) < 0)
        return -1;
    ret_text->text = str_dup(arena, buf_str(&sc->text));
    ret_text->spans = arena_array(arena, sc->span_count + 1, sizeof *ret_text->spans);
    ret_text->span_count = sc->span_count;
    ret_text->hidden = arena_array(arena, sc->found_count + 1, sizeof *ret_text->hidden);
    ret_text->hidden_count = sc->found_count;
    ret_text->elines = sc->elines;
    if (arena_check(arena, sc->err) < 0)
        return -1;
    if (sc->span_count > 0)
        memcpy(ret_text->spans, sc->spans, sc->span_count * sizeof *sc->spans);
    if (sc->found_count > 0)
        memcpy(ret_text->hidden, sc->found, sc->found_count * sizeof *sc->found);
    return 0;
}

int
reiki_read(struct arena *arena, struct str html, struct reiki_text *ret_text, struct err *err)
{
    enum { NUMBER_BYTES = 16 };
    struct scan sc = {.html = html, .elines = has_elines(html), .err = err};
    sc.wanted = !sc.elines;
    buf_init(&sc.text, 4 * html.n + 16);
    buf_init(&sc.number, NUMBER_BYTES);
    int rc = scan_all(&sc);
    if (rc == 0)
        rc = leave(&sc, arena, ret_text);
    free(sc.spans);
    free(sc.found);
    buf_free(&sc.text);
    buf_free(&sc.number);
    return rc;
}
