/*
 * feed: line by line, what each is: a new document, a supplement, a table, a marked clause, more of
 * the open paragraph, or a new paragraph of the open clause. Runs in policy-worker and the command
 * line. A mark counts only where a paragraph could end and where the sequence fits.
 */
#include "base/mem/ensure.h"
#include "base/text/utf8.h"
#include "format/policy/read.h"

#include <string.h>

enum { LOOK_AHEAD = 6, DOC_TITLE_CHARS = 45 };

static struct str
content(const struct reader *r, size_t index)
{
    return str_slice(r->text, r->lines[index].from, r->lines[index].to);
}

/* The next line that was not dropped, or line_count. */
static size_t
next_line(const struct reader *r, size_t index)
{
    do
        index++;
    while (index < r->line_count && r->lines[index].dropped);
    return index;
}

static bool
kind_of_title(struct reader *r, struct str s, enum policy_doc_kind *ret_kind)
{
    static const struct {
        const char *word;
        enum policy_doc_kind kind;
    } words[] = {
        {"基本方針", POLICY_BASIC}, {"対策基準", POLICY_STANDARD}, {"実施手順", POLICY_PROCEDURE}};
    if (s.n == 0 || s.n > 4 * DOC_TITLE_CHARS || char_count(s) > DOC_TITLE_CHARS)
        return false;
    struct str bare = str_unblank(r->arena, s);
    ptrdiff_t bracket = str_find(bare, STR("（"), 0);
    if (bracket > 0 && str_finishes(bare, "）"))
        bare = str_slice(bare, 0, (size_t)bracket);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_finishes(bare, words[i].word)) {
            *ret_kind = words[i].kind;
            return true;
        }
    return false;
}

/* True if a first mark follows LINE, with at most a few short lines (date, edition) between. */
static bool
document_follows(const struct reader *r, size_t index)
{
    for (unsigned n = 0; n < LOOK_AHEAD; n++) {
        index = next_line(r, index);
        if (index >= r->line_count)
            return false;
        struct policy_mark mark;
        struct str s = content(r, index);
        if (mark_read(s, &mark) > 0)
            return mark_opens_document(&mark);
        if (char_count(s) > 40 || para_is_ended(s) || str_begins(s, "|"))
            return false;
    }
    return false;
}

/* The title of a document in LINE: 1 it was taken, 0 it is none, -1 err. */
static int
feed_title(struct reader *r, size_t index)
{
    struct str s = content(r, index);
    struct policy_mark mark = {0};
    size_t n = mark_read(s, &mark);
    if (n > 0 && mark.class != MARK_CHAPTER && mark.class != MARK_DAI)
        return 0;
    enum policy_doc_kind kind;
    if (!kind_of_title(r, str_slice(s, n, s.n), &kind))
        return 0;
    bool same = r->doc != NULL && r->doc->kind == kind && r->doc->root->first == NULL;
    if (!same && !document_follows(r, index)) {
        if (r->doc != NULL || n == 0)
            return 0;
    } else if (!same && (para_close(r) < 0 || tree_begin_doc(r, kind) < 0)) {
        return -1;
    }
    struct policy_para *para;
    if (para_begin(r, &para) < 0)
        return -1;
    para->title = true;
    node_add_para(r->cur, para);
    if (para_append(r, &r->lines[index], r->lines[index].from) < 0 || para_close(r) < 0)
        return -1;
    return 1;
}

static bool
is_preface_title(struct reader *r, struct str s)
{
    static const char *const words[] = {"序", "序文", "前文", "はじめに", "序章"};
    if (s.n > 200)
        return false;
    if (str_begins(s, "序 ") || str_begins(s, "序　"))
        return char_count(s) < 30;
    struct str bare = str_unblank(r->arena, s);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_equal_z(bare, words[i]))
            return true;
    return false;
}

/* A new paragraph of the open clause from FROM of the line. */
static int
feed_text(struct reader *r, size_t index, size_t from)
{
    struct policy_para *para;
    if (para_begin(r, &para) < 0)
        return -1;
    node_add_para(r->cur, para);
    return para_append(r, &r->lines[index], from);
}

/* 附則 anywhere; 別表 and 様式 behind a 附則 or in a text of 条: elsewhere a chapter may speak of
 * its table. 1 taken, 0 LINE is none, -1 err. */
static int
feed_supplement(struct reader *r, size_t index)
{
    enum policy_annex annex;
    struct str name;
    if (r->doc == NULL || !annex_heading(r, content(r, index), &annex, &name))
        return 0;
    bool behind = r->doc->supplements != NULL || r->doc->last_article > 0;
    if (annex != ANNEX_RULES && !behind)
        return 0;
    if (para_close(r) < 0 || tree_begin_supplement(r, annex) < 0)
        return -1;
    if (feed_text(r, index, r->lines[index].from) < 0)
        return -1;
    r->open.para->title = true;
    return para_close(r) < 0 ? -1 : 1;
}

/* Words behind a mark that make it the middle of a sentence ("（１）の分類"). */
static bool
is_mention(struct str behind)
{
    static const char *const words[] = {"の", "に", "及び", "から", "、", "又は", "を", "と", "で"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_begins(behind, words[i]))
            return true;
    return false;
}

/* May MARK stand here, when the paragraph before is in STATE? */
static bool
accepts(const struct reader *r, enum para_state state, const struct place *place,
        const struct policy_mark *mark, struct str behind)
{
    bool ended = r->open.para == NULL || para_is_ended(buf_str(&r->open.text));
    bool number = mark->class == MARK_NUM || mark->class == MARK_ALPHA;
    if (state == PARA_OPEN && !ended) {
        bool title = place->fit == FIT_FIRST && para_is_title_form(buf_str(&r->open.text));
        bool chapter =
            place->fit == FIT_NEXT && mark->class == MARK_NUM && para_is_title_form(behind);
        bool bullet = mark->class != MARK_BULLET || r->cur->mark.class == MARK_BULLET;
        return r->wrap == WRAP_MARGIN && (place->fit == FIT_NEXT || title) &&
               (!number || chapter || (r->open.room && place->fit == FIT_NEXT)) && bullet &&
               !is_mention(behind) && r->open.brackets == 0;
    }
    if (state == PARA_OPEN && is_mention(behind))
        return false;
    switch (place->fit) {
    case FIT_NO:
        return false;
    case FIT_NEXT:
        return !(state == PARA_MAYBE && mark->class == MARK_BULLET && r->open.brackets > 0);
    case FIT_FIRST:
        if (state == PARA_MAYBE && mark->class == MARK_BULLET && r->open.brackets > 0)
            return false;
        return !number || state != PARA_MAYBE;
    case FIT_GAP:
    case FIT_REPEAT:
        if (state != PARA_DONE && state != PARA_NONE)
            return false;
        return !number || para_is_title_form(behind);
    case FIT_MIXED:
        return state == PARA_DONE;
    case FIT_RESTART:
        return !number || (state != PARA_MAYBE && para_is_title_form(behind));
    }
    return false;
}

/* A first chapter where none can be continued begins a document without a title line. */
static int
begin_untitled(struct reader *r, const struct policy_mark *mark, enum para_state state)
{
    if (!mark_opens_document(mark) || (state != PARA_DONE && state != PARA_NONE))
        return 0;
    if (r->doc == NULL || r->doc->kind == POLICY_PREFACE)
        return para_close(r) < 0 ? -1 : tree_begin_doc(r, POLICY_OTHER);
    return 0;
}

static int
split_document(struct reader *r, const struct place *place)
{
    if (place->fit != FIT_RESTART || place->parent != r->doc->root ||
        place->parent->child_count < 3)
        return 0;
    if (para_close(r) < 0 || tree_begin_doc(r, POLICY_OTHER) < 0)
        return -1;
    return 1;
}

/* In text with a blank between all characters, a kana and a blank are a mark or a word's start. */
static bool
is_spread_word(const struct reader *r, const struct policy_mark *mark, struct str s, size_t n)
{
    bool letter =
        mark->class == MARK_KATA || mark->class == MARK_IROHA || mark->class == MARK_ALPHA;
    if (!r->despace || !letter || n >= s.n)
        return false;
    uint32_t behind = char_first(str_slice(s, n, s.n));
    bool kana = (behind >= 0x30a1 && behind <= 0x30fc) || char_is_latin(behind);
    return kana && n == mark->printed.n + 1 && s.p[mark->printed.n] == ' ';
}

/* Does the next mark of MARK's list begin one of the next lines? */
static bool
has_successor(const struct reader *r, size_t index, const struct policy_mark *mark)
{
    enum { LINES_MOST = 60 };
    bool old = mark->class == MARK_IROHA || mark->class == MARK_PAREN_IROHA;
    for (unsigned n = 0; n < LINES_MOST && index < r->line_count; n++) {
        index = next_line(r, index);
        struct policy_mark next;
        if (index >= r->line_count || mark_read(content(r, index), &next) == 0)
            continue;
        if (old)
            (void)mark_iroha(&next, &next);
        if (next.class == mark->class && next.ordinal == mark->ordinal + 1)
            return true;
    }
    return false;
}

/* イ of イロハ is read as the second of アイウ first; here the lists above and below decide. */
static void
turn_iroha(const struct reader *r, size_t index, struct policy_mark *mark)
{
    struct policy_mark iroha;
    if (mark_iroha(mark, &iroha) && tree_is_iroha(r, mark, has_successor(r, index, &iroha)))
        *mark = iroha;
}

/* A bullet that Markdown's "- " stands for. */
static size_t
read_mark(const struct reader *r, size_t index, struct policy_mark *mark)
{
    struct str s = content(r, index);
    *mark = (struct policy_mark){0};
    size_t n = mark_read(s, mark);
    if (n == 0 && r->lines[index].bullet)
        *mark = (struct policy_mark){.class = MARK_BULLET};
    return n;
}

/* "1職員等は": what is left of ① when a text was normalised. A number of three digits or more, or
 * one that counts something, is none. */
static bool
is_bare_number(struct str s)
{
    static const char *const units[] = {"年", "月", "日", "条", "項", "号", "つ", "回", "％", "人",
                                        "階", "割", "件", "度", "名", "台", "時", "分", "以", "か",
                                        "ヶ", "ヵ", "箇", "個", "版", "章", "節", "歳", "桁", "段"};
    size_t digits = 0, points = 0;
    for (; s.n > 0 && (char_is_digit(char_first(s)) || s.p[0] == '.'); utf8_next(&s)) {
        digits += s.p[0] != '.';
        points += s.p[0] == '.';
    }
    if (points >= MARK_PARTS)
        return true; /* deeper than any list */
    bool word = s.n > 1 && char_is_latin((uint32_t)s.p[0]) && char_is_latin((uint32_t)s.p[1]);
    if (digits == 0 || digits > 2 || s.n == 0 || !(char_is_cjk(char_first(s)) || word))
        return false;
    if (str_begins(s, "日々"))
        return true;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (str_begins(s, units[i]))
            return false;
    return true;
}

/* A number of the chapters' kind with a title behind it, which the sequence does not allow. */
static bool
is_heading(const struct reader *r, const struct policy_mark *mark, struct str behind)
{
    const struct policy_node *chapter = r->doc->root->last;
    return chapter != NULL && chapter->mark.class == mark->class && para_is_title_form(behind);
}

/* In 附則: a chapter, or the 条 behind the last one; what follows may belong to the body. */
static bool
is_body_mark(const struct reader *r, const struct policy_mark *mark)
{
    if (mark->class == MARK_CHAPTER || mark->class == MARK_SECTION)
        return true;
    return mark->class == MARK_ARTICLE && mark->ordinal > 1 &&
           mark->ordinal == r->doc->last_article + 1;
}

/* The marked clause in LINE: 1 taken, 0 its mark does not count, -1 err. */
static int
feed_mark(struct reader *r, size_t index)
{
    struct policy_mark mark;
    struct line *line = &r->lines[index];
    size_t n = read_mark(r, index, &mark);
    enum para_state state = para_state(r);
    if (mark.class == MARK_NONE && state != PARA_OPEN && r->doc != NULL &&
        is_bare_number(content(r, index)))
        finding_add(r, "P107", POLICY_ASK, r->cur, (struct policy_range){line->from, line->to});
    if (mark.class == MARK_NONE)
        return 0;
    if (line->heading && state == PARA_MAYBE)
        state = PARA_DONE;
    if (begin_untitled(r, &mark, state) < 0)
        return -1;
    if (r->doc != NULL && r->cur->kind == POLICY_SUPPLEMENT && is_body_mark(r, &mark))
        finding_add(r, "P107", POLICY_ASK, r->cur, (struct policy_range){line->from, line->to});
    if (r->doc == NULL || r->cur->kind == POLICY_SUPPLEMENT)
        return 0;
    turn_iroha(r, index, &mark);
    struct place place = tree_place(r, &mark);
    struct str behind = str_slice(content(r, index), n, line->to - line->from);
    bool spread = is_spread_word(r, &mark, content(r, index), n) && place.fit != FIT_NEXT &&
                  !(place.fit == FIT_FIRST && has_successor(r, index, &mark));
    if (spread || !accepts(r, state, &place, &mark, behind)) {
        bool fits = place.fit == FIT_NEXT && r->wrap == WRAP_MARGIN && !is_mention(behind);
        bool heading = state == PARA_DONE && is_heading(r, &mark, behind);
        if (fits || (state == PARA_DONE && mark.class != MARK_BULLET))
            finding_add(r, "P107", heading ? POLICY_ASK : POLICY_NOTE, r->cur,
                        (struct policy_range){line->from, line->to});
        return 0;
    }
    bool doubt = state == PARA_MAYBE && mark.class == MARK_BULLET && place.fit == FIT_FIRST;
    if (doubt) /* a list without a lead, or a sentence torn before its middle dot */
        finding_add(r, "P107", POLICY_ASK, r->cur, (struct policy_range){line->from, line->to});
    int split = split_document(r, &place);
    if (split < 0)
        return -1;
    if (split > 0)
        place = tree_place(r, &mark);
    if (para_close(r) < 0)
        return -1;
    if (tree_add(r, &place, &mark, piece_of(r, line->from, line->from + mark.printed.n, 0)) < 0)
        return -1;
    if (split > 0)
        finding_add(r, "P108", POLICY_ASK, r->cur, (struct policy_range){line->from, line->to});
    if (feed_text(r, index, line->from + n) < 0)
        return -1;
    struct str text = buf_str(&r->open.text);
    r->open.para->title =
        line->heading && !para_is_ended(text) && char_count(text) <= DOC_TITLE_CHARS;
    return 1;
}

/* A lone bracketed line above 第n条 is that article's title. */
static int
feed_article_title(struct reader *r, size_t index)
{
    struct str s = content(r, index);
    size_t next = next_line(r, index);
    struct policy_mark mark;
    bool bracketed = (char_first(s) == 0xff08 || char_first(s) == '(') &&
                     (char_last(s) == 0xff09 || char_last(s) == ')');
    if (!bracketed || next >= r->line_count || char_count(s) > DOC_TITLE_CHARS ||
        mark_read(content(r, next), &mark) == 0 || mark.class != MARK_ARTICLE)
        return 0;
    if (para_close(r) < 0)
        return -1;
    struct policy_para *title = para_of(r, r->lines[index].from, r->lines[index].to);
    if (title == NULL)
        return -1;
    int rc = feed_mark(r, next);
    r->lines[next].dropped = rc > 0; /* taken here; the loop passes over it */
    if (rc == 0)
        node_add_para(r->cur, title);
    if (rc > 0) {
        title->title = true;
        title->next = r->cur->paras;
        r->cur->paras = title;
    }
    return rc < 0 ? -1 : 1;
}

/* A margin-wrapped line that is nearly full: a title, or cut. */
static bool
is_roomy(const struct reader *r)
{
    return r->wrap == WRAP_MARGIN && r->open.room && !r->open.hard_end;
}

/* Characters that no line may begin with. */
static bool
cannot_begin(struct str s)
{
    static const char signs[] = "ぁぃぅぇぉっゃゅょァィゥェォッャュョー、。）)」んを";
    struct str all = str_of(signs);
    uint32_t first = char_first(s);
    while (all.n > 0)
        if ((uint32_t)utf8_next(&all) == first)
            return true;
    return false;
}

/* Does a word end before S? */
static bool
is_word(struct str s)
{
    return s.n == 0 || !char_is_cjk(char_first(s)) ||
           (char_first(s) >= 0x3041 && char_first(s) <= 0x309f);
}

/* How sure it is that a line which looks like a title was torn from the next one. */
enum torn { TORN_NO, TORN_PERHAPS, TORN_YES };

static enum torn
is_torn(struct reader *r, size_t index)
{
    enum { SEARCH_BUDGET = 256 << 20 }; /* bytes compared in one document; then it is asked */
    const struct line *line = &r->lines[index];
    struct str text = buf_str(&r->open.text), next = content(r, index);
    if (r->open.para == NULL || para_is_ended(text) || line->heading || line->bullet ||
        r->cur->mark.class == MARK_NONE || text.n == 0)
        return TORN_NO;
    if (cannot_begin(next))
        return TORN_YES;
    if (r->open.para->title)
        return r->wrap == WRAP_MARGIN && !r->open.hard_end ? TORN_PERHAPS : TORN_NO;
    size_t doubled = reader_doubled(text, next);
    bool apart = line->gap_before || is_roomy(r);
    if (!(apart || doubled > 0))
        return TORN_NO;
    if (++r->seam_checks * (r->text.n < SEARCH_BYTES ? r->text.n : SEARCH_BYTES) > SEARCH_BUDGET)
        return TORN_PERHAPS;
    if (doubled == text.n) /* the title's own words begin the sentence, or the cut doubled all */
        return !apart && is_word(str_slice(next, doubled, next.n)) ? TORN_NO : TORN_PERHAPS;
    if (apart && (reader_seam(r, text, next) || reader_overlap(r, text, next) > 0))
        return TORN_YES;
    return is_roomy(r) || doubled > 0 || str_has(text, "、") ? TORN_PERHAPS : TORN_NO;
}

/* More of the open paragraph, or a new one of the open clause. */
static int
feed_rest(struct reader *r, size_t index)
{
    const struct line *line = &r->lines[index];
    enum para_state state = para_state(r);
    bool joins = state == PARA_OPEN || (state == PARA_MAYBE && !line->heading && !line->bullet);
    enum torn torn = joins ? TORN_NO : is_torn(r, index);
    if (torn != TORN_NO)
        finding_add(r, "P103", POLICY_ASK, r->cur, (struct policy_range){line->from, line->to});
    joins = joins || torn == TORN_YES;
    return joins ? para_append(r, line, line->from) : feed_text(r, index, line->from);
}

static int
feed_line(struct reader *r, size_t index)
{
    int rc = r->table != NULL ? table_feed(r, index) : 0;
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    struct line *line = &r->lines[index];
    bool between = para_state(r) != PARA_OPEN || line->heading;
    if (between && r->doc == NULL && is_preface_title(r, content(r, index))) {
        if (para_close(r) < 0 || tree_begin_doc(r, POLICY_PREFACE) < 0)
            return -1;
        return feed_text(r, index, line->from);
    }
    typedef int feeder_fn(struct reader *, size_t);
    static feeder_fn *const feeders[] = {feed_title, feed_supplement, table_begin,
                                         feed_article_title};
    for (size_t i = 0; between && i < sizeof feeders / sizeof *feeders; i++)
        if ((rc = feeders[i](r, index)) != 0)
            return rc < 0 ? -1 : 0;
    rc = feed_mark(r, index);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    return feed_rest(r, index);
}

int
reader_feed(struct reader *r)
{
    r->front = node_new(r, POLICY_ROOT);
    if (r->front == NULL)
        return -1;
    r->cur = r->front;
    for (size_t i = 0; i < r->line_count; i++)
        if (!r->lines[i].dropped && feed_line(r, i) < 0)
            return -1;
    if (r->table != NULL && table_end(r) < 0)
        return -1;
    if (para_close(r) < 0)
        return -1;
    return r->doc == NULL ? tree_begin_doc(r, POLICY_OTHER) : 0;
}
