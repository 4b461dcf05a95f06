/*
 * para: the paragraph that is being read: wrapped lines joined, every run of its text tied to its
 * place in the source. Runs in policy-worker and the command line.
 *
 * Invariant: the pieces of a paragraph are in the order of the source, and together hold every
 * non-blank character of the lines that were joined, but for overlaps noted in `dropped`.
 */
#include "base/mem/ensure.h"
#include "base/text/utf8.h"
#include "format/policy/read.h"

#include <string.h>

enum { TITLE_CHARS = 45, OVERLAPS_MOST = 200 };

struct policy_piece *
piece_of(struct reader *r, size_t from, size_t to, size_t at)
{
    struct policy_piece *piece = arena_alloc(r->arena, sizeof *piece);
    if (piece == NULL) {
        arena_check(r->arena, r->err);
        return NULL;
    }
    *piece = (struct policy_piece){.at = at, .n = to - from, .source = {from, to}};
    return piece;
}

static int
piece_add(struct reader *r, size_t from, size_t to)
{
    struct open_para *open = &r->open;
    struct policy_piece *piece = piece_of(r, from, to, open->text.n);
    if (piece == NULL)
        return -1;
    if (open->pieces.last == NULL)
        open->pieces.first = piece;
    else
        open->pieces.last->next = piece;
    open->pieces.last = piece;
    buf_put_str(&open->text, str_slice(r->text, from, to));
    return 0;
}

/* Counts brackets of S into the open paragraph. */
static void
count_brackets(struct open_para *open, struct str s)
{
    while (s.n > 0) {
        int32_t c = utf8_next(&s);
        if (c == '(' || c == 0xff08 || c == 0x300c)
            open->brackets++;
        else if ((c == ')' || c == 0xff09 || c == 0x300d) && open->brackets > 0)
            open->brackets--;
        open->chars++;
    }
}

bool
para_is_ended(struct str s)
{
    while (s.n > 0) {
        uint32_t c = char_last(s);
        if (c == 0x3002 || c == 0xff61)
            return true;
        if (c != ')' && c != 0xff09 && c != 0x300d)
            return false;
        s = str_slice(s, 0, s.n - (c < 0x80 ? 1 : 3));
    }
    return false;
}

/* Ends that no title has: the line was cut there. */
static bool
is_dangling(struct str s)
{
    static const char signs[] = "をはがもへやでなぜずそ、・のにっょゅゃ「（(";
    struct str all = str_of(signs);
    uint32_t last = char_last(s);
    while (all.n > 0)
        if ((uint32_t)utf8_next(&all) == last)
            return true;
    return false;
}

/* Words behind which a sentence goes on, and the joints of one: no title has them. */
static bool
is_sentence_part(struct str s)
{
    static const char *const ends[] = {"及び",   "又は",   "並びに",  "若しくは", "かつ",
                                       "から",   "ため",   "とき",    "より",     "ので",
                                       "として", "により", "について"};
    static const char *const joints[] = {"は、",   "て、", "に、",   "が、", "で、",
                                         "ば、",   "め、", "合、",   "際、", "とき、",
                                         "また、", "を、", "とも、", "。"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (str_finishes(s, ends[i]))
            return true;
    for (size_t i = 0; i < sizeof joints / sizeof *joints; i++)
        if (str_has(s, joints[i]))
            return true;
    return false;
}

bool
para_is_title_form(struct str s)
{
    static const char *const verbs[] = {"する",     "した",   "しない", "いる", "ない",
                                        "ならない", "できる", "こと",   "れる", "せる",
                                        "行う",     "講じる", "た"};
    if (s.n == 0 || s.n > 4 * TITLE_CHARS || char_count(s) > TITLE_CHARS || para_is_ended(s) ||
        is_dangling(s) || is_sentence_part(s))
        return false;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (str_finishes(s, verbs[i]))
            return false;
    return true;
}

/* True if the open paragraph is the first of a marked clause. */
static bool
is_first(const struct reader *r)
{
    return r->cur != NULL && r->cur->mark.class != MARK_NONE && r->cur->paras == r->open.para;
}

/* A title in margin-wrapped text whose line is long, but not so long that it had to be cut. */
static bool
is_roomy_title(const struct reader *r, struct str text)
{
    const struct open_para *open = &r->open;
    return r->wrap == WRAP_MARGIN && open->room && open->brackets == 0 && is_first(r) &&
           r->cur->mark.class != MARK_BULLET && para_is_title_form(text);
}

enum para_state
para_state(const struct reader *r)
{
    const struct open_para *open = &r->open;
    if (open->para == NULL)
        return PARA_NONE;
    struct str text = buf_str(&open->text);
    bool ended = para_is_ended(text);
    if (text.n == 0)
        return PARA_MAYBE;
    if (!open->hard_end && (r->wrap == WRAP_SPACE || !ended))
        return is_roomy_title(r, text) ? PARA_DONE : PARA_OPEN;
    if (ended)
        return PARA_DONE;
    if (open->brackets > 0)
        return PARA_MAYBE;
    if (r->cur == r->front || (r->doc != NULL && r->cur == r->doc->root))
        return PARA_DONE;
    if (open->para->title)
        return PARA_DONE;
    bool whole = !open->joins || (r->wrap != WRAP_NONE && !char_is_latin(char_last(text)));
    if (is_first(r) && r->cur->mark.class != MARK_BULLET && whole && para_is_title_form(text))
        return PARA_DONE;
    return PARA_MAYBE;
}

int
para_begin(struct reader *r, struct policy_para **ret_para)
{
    if (para_close(r) < 0)
        return -1;
    struct policy_para *para = arena_alloc(r->arena, sizeof *para);
    if (para == NULL)
        return arena_check(r->arena, r->err);
    r->open.para = para;
    r->open.pieces = (struct piece_list){0};
    r->open.chars = r->open.brackets = 0;
    r->open.hard_end = r->open.joins = false;
    buf_clear(&r->open.text);
    *ret_para = para;
    return 0;
}

/* Where the next run of the line ends: at a blank between two kanji when those are to go. */
static size_t
run_end(const struct reader *r, size_t from, size_t to)
{
    if (!r->despace)
        return to;
    struct str rest = str_slice(r->text, from, to);
    uint32_t before = 0;
    while (rest.n > 0) {
        size_t here = to - rest.n;
        if (char_is_blank(char_first(rest)) && here > from) {
            struct str behind = str_slice(rest, char_blank_prefix(rest), rest.n);
            if (char_is_cjk(before) && behind.n > 0 && char_is_cjk(char_first(behind)))
                return here;
        }
        before = char_first(rest);
        utf8_next(&rest);
    }
    return to;
}

static int
append_runs(struct reader *r, size_t from, size_t to)
{
    while (from < to) {
        size_t end = run_end(r, from, to);
        if (piece_add(r, from, end) < 0)
            return -1;
        from = end + char_blank_prefix(str_slice(r->text, end, to));
    }
    return 0;
}

/* The seam to the line before: a blank between Latin words, doubled characters dropped. */
static size_t
join(struct reader *r, const struct line *line, size_t from)
{
    struct open_para *open = &r->open;
    struct str next = str_slice(r->text, from, line->to);
    open->joins = true;
    if (char_is_latin(char_last(buf_str(&open->text))) && char_is_latin(char_first(next)))
        buf_put_char(&open->text, ' ');
    bool doubtful =
        r->wrap == WRAP_MARGIN && is_first(r) && para_is_title_form(buf_str(&open->text));
    if (r->wrap == WRAP_NONE || doubtful)
        finding_add(r, "P103", POLICY_NOTE, r->cur, (struct policy_range){from, line->to});
    if (r->wrap != WRAP_NONE || r->tree->finding_count > OVERLAPS_MOST)
        return from;
    size_t doubled = reader_overlap(r, buf_str(&open->text), next);
    bool same = reader_doubled(buf_str(&open->text), next) > 0;
    if (doubled > 0)
        drop_add(r, from, from + doubled, DROP_OVERLAP);
    size_t n = doubled > 0 ? doubled : next.n; /* the same character twice may be one too many */
    if (doubled > 0 || same)
        finding_add(r, "P104", doubled > 0 ? POLICY_NOTE : POLICY_ASK, r->cur,
                    (struct policy_range){from, from + n});
    return from + doubled;
}

int
para_append(struct reader *r, const struct line *line, size_t from)
{
    struct open_para *open = &r->open;
    ensure(open->para != NULL);
    if (open->text.n > 0)
        from = join(r, line, from);
    count_brackets(open, str_slice(r->text, from, line->to));
    if (append_runs(r, from, line->to) < 0)
        return -1;
    if (open->text.over)
        return ERR(r->err, "policy.paragraph", "%zu", from);
    open->room = line->width + 2 < r->full_width + MARGIN_SLACK;
    open->hard_end = r->wrap == WRAP_NONE || (r->wrap == WRAP_SPACE && line->space_end) ||
                     (r->wrap == WRAP_MARGIN && line->width < r->full_width);
    return 0;
}

int
para_close(struct reader *r)
{
    struct open_para *open = &r->open;
    if (open->para == NULL)
        return 0;
    open->para->text = str_dup(r->arena, buf_str(&open->text));
    open->para->pieces = open->pieces.first;
    open->para = NULL;
    return arena_check(r->arena, r->err);
}

struct policy_para *
para_of(struct reader *r, size_t from, size_t to)
{
    struct str s = str_slice(r->text, from, to);
    size_t lead = char_blank_prefix(s);
    size_t tail = lead == s.n ? 0 : char_blank_suffix(s);
    struct policy_para *para = arena_alloc(r->arena, sizeof *para);
    if (para == NULL) {
        arena_check(r->arena, r->err);
        return NULL;
    }
    if (lead == s.n)
        return para;
    para->pieces = piece_of(r, from + lead, to - tail, 0);
    para->text = str_slice(r->text, from + lead, to - tail);
    return para->pieces == NULL ? NULL : para;
}
