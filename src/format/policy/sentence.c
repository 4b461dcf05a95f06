/*
 * sentence: paragraphs cut at 。 outside brackets, and in each who must do what and when. Runs in
 * policy-worker and the command line. Only words that stand there are read; what a sentence does
 * not say stays empty.
 */
#include "base/text/utf8.h"
#include "format/policy/read.h"

#include <string.h>

struct word {
    const char *text;
    unsigned bit;
};

static const struct word role_words[] = {
    {"最高情報セキュリティ責任者", ROLE_CISO},
    {"CISO", ROLE_CISO},
    {"ＣＩＳＯ", ROLE_CISO},
    {"統括情報セキュリティ責任者", ROLE_CHIEF},
    {"情報セキュリティ監査統括責任者", ROLE_AUDIT_CHIEF},
    {"監査統括責任者", ROLE_AUDIT_CHIEF},
    {"情報セキュリティ責任者", ROLE_DEPARTMENT_OFFICER},
    {"情報セキュリティ管理者", ROLE_SECTION_MANAGER},
    {"情報システム管理者", ROLE_SYSTEM_MANAGER},
    {"情報システム担当者", ROLE_SYSTEM_OPERATOR},
    {"情報セキュリティ委員会", ROLE_COMMITTEE},
    {"CSIRT", ROLE_CSIRT},
    {"職員等", ROLE_PERSON},
};

static const struct word when_words[] = {
    {"速やかに", WHEN_AT_ONCE},  {"直ちに", WHEN_AT_ONCE},  {"早急に", WHEN_AT_ONCE},
    {"毎年度", WHEN_YEARLY},     {"毎年", WHEN_YEARLY},     {"年１回", WHEN_YEARLY},
    {"年1回", WHEN_YEARLY},      {"定期", WHEN_PERIODIC},   {"事前", WHEN_BEFORE},
    {"あらかじめ", WHEN_BEFORE}, {"する前に", WHEN_BEFORE}, {"事後", WHEN_AFTER},
    {"常に", WHEN_ALWAYS},       {"常時", WHEN_ALWAYS},     {"必要に応じ", WHEN_AS_NEEDED},
    {"適宜", WHEN_AS_NEEDED},
};

static const struct word needs_words[] = {
    {"許可", NEEDS_PERMIT}, {"承認", NEEDS_PERMIT},  {"記録", NEEDS_RECORD},
    {"報告", NEEDS_REPORT}, {"同意", NEEDS_CONSENT},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static unsigned
bits_in(struct str s, const struct word *words, size_t count)
{
    unsigned bits = 0;
    for (size_t i = 0; i < count; i++)
        if (str_has(s, words[i].text))
            bits |= words[i].bit;
    return bits;
}

/* A role at the start of *REST, which moves behind it and blanks; 0 when there is none. */
static unsigned
take_role(struct str *rest)
{
    *rest = str_slice(*rest, char_blank_prefix(*rest), rest->n);
    for (size_t i = 0; i < COUNT(role_words); i++)
        if (str_begins(*rest, role_words[i].text)) {
            *rest = str_slice(*rest, strlen(role_words[i].text), rest->n);
            *rest = str_slice(*rest, char_blank_prefix(*rest), rest->n);
            return role_words[i].bit;
        }
    return 0;
}

/* "A及びBは", "A又はBが", "A、Bは": the roles that begin the sentence as its subject. */
static unsigned
subject_of(struct str s)
{
    static const char *const joints[] = {"及び", "又は", "並びに", "、", "と"};
    unsigned subject = take_role(&s);
    while (subject != 0) {
        if (str_begins(s, "は") || str_begins(s, "が"))
            return subject;
        struct str next = s;
        for (size_t i = 0; i < COUNT(joints) && next.n == s.n; i++)
            if (str_begins(s, joints[i]))
                next = str_slice(s, strlen(joints[i]), s.n);
        if (next.n == s.n)
            return 0;
        unsigned more = take_role(&next);
        if (more == 0)
            return 0;
        subject |= more;
        s = next;
    }
    return 0;
}

/* S without 。 and closing brackets at its end. */
static struct str
bare_end(struct str s)
{
    for (;;) {
        if (str_finishes(s, "。") || str_finishes(s, "）"))
            s = str_slice(s, 0, s.n - 3);
        else if (str_finishes(s, ")") || str_finishes(s, " "))
            s = str_slice(s, 0, s.n - 1);
        else
            return s;
    }
}

static bool
finishes_any(struct str s, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_finishes(s, words[i]))
            return true;
    return false;
}

static enum policy_modality
modality_of(struct str s)
{
    static const char *const must_not[] = {"てはならない", "ではならない", "を禁止する",
                                           "禁ずる",       "禁じる",       "させないものとする"};
    static const char *const must[] = {"なければならない", "ねばならない", "ものとする",
                                       "すること",         "こととする",   "ならないものとする",
                                       "ならならない",     "義務を負う"};
    static const char *const may[] = {"ことができる", "てもよい", "差し支えない", "妨げない"};
    static const char *const should[] = {"望ましい", "べきである", "推奨する"};
    s = bare_end(s);
    if (finishes_any(s, must_not, COUNT(must_not)))
        return POLICY_MUST_NOT;
    if (finishes_any(s, may, COUNT(may)))
        return POLICY_MAY;
    if (finishes_any(s, should, COUNT(should)))
        return POLICY_SHOULD;
    if (finishes_any(s, must, COUNT(must)) || str_finishes(s, "こと"))
        return POLICY_MUST;
    return POLICY_PLAIN;
}

static bool
is_lead(struct str s)
{
    static const char *const words[] = {"次の",   "以下の", "次に掲げる",
                                        "以下を", "下記",   "次のとおり"};
    for (size_t i = 0; i < COUNT(words); i++)
        if (str_has(s, words[i]))
            return true;
    return false;
}

/* The last sentence of NODE or of the nearest clause above that has any. */
static const struct policy_sentence *
lead_of(const struct policy_node *node)
{
    for (node = node->parent; node != NULL && node->kind != POLICY_ROOT; node = node->parent) {
        if (node->last_sentence != NULL)
            return node->last_sentence;
    }
    return NULL;
}

static void
judge(const struct policy_node *node, struct policy_sentence *s)
{
    s->modality = modality_of(s->text);
    s->effort = str_has(s->text, "努め");
    s->when = bits_in(s->text, when_words, COUNT(when_words));
    s->needs = bits_in(s->text, needs_words, COUNT(needs_words));
    s->exception = str_has(s->text, "ただし") || str_has(s->text, "を除き") ||
                   str_has(s->text, "やむを得ない");
    s->subject = subject_of(s->text);
    if (s->subject == 0) {
        const struct policy_sentence *lead = lead_of(node);
        s->subject = lead != NULL ? lead->subject : 0;
        s->subject_inherited = s->subject != 0;
    }
    if (node->kind == POLICY_TERM)
        s->type = POLICY_DEFINITION;
    else if (!para_is_ended(s->text))
        s->type = POLICY_ITEM;
    else if (node->first != NULL && is_lead(s->text))
        s->type = POLICY_LEAD;
    else
        s->type = s->modality != POLICY_PLAIN ? POLICY_DUTY : POLICY_STATEMENT;
}

/* The source ranges of text[PART] of the paragraph whose pieces are *CURSOR and on; the cursor
 * moves to the first piece that the next sentence can touch. */
static int
set_at(struct reader *r, const struct policy_piece **cursor, struct policy_range part,
       struct policy_sentence *s)
{
    while (*cursor != NULL && (*cursor)->at + (*cursor)->n <= part.from)
        *cursor = (*cursor)->next;
    size_t count = 0;
    for (const struct policy_piece *p = *cursor; p != NULL && p->at < part.to; p = p->next)
        count += p->at + p->n > part.from;
    s->at = arena_array(r->arena, count, sizeof *s->at);
    if (s->at == NULL)
        return arena_check(r->arena, r->err);
    for (const struct policy_piece *p = *cursor; p != NULL && p->at < part.to; p = p->next) {
        if (p->at + p->n <= part.from)
            continue;
        size_t from = part.from > p->at ? part.from - p->at : 0;
        size_t to = part.to < p->at + p->n ? part.to - p->at : p->n;
        s->at[s->at_count++] = (struct policy_range){p->source.from + from, p->source.from + to};
    }
    return 0;
}

static int
add_sentence(struct reader *r, struct policy_node *node, const struct policy_para *para,
             const struct policy_piece **cursor, struct policy_range part)
{
    struct str text = str_slice(para->text, part.from, part.to);
    size_t lead = char_blank_prefix(text);
    if (lead == text.n)
        return 0;
    if (++r->tree->sentence_count > POLICY_SENTENCES)
        return ERR(r->err, "policy.sentences", "%d", POLICY_SENTENCES);
    struct policy_sentence *s = arena_alloc(r->arena, sizeof *s);
    if (s == NULL)
        return arena_check(r->arena, r->err);
    part.from += lead;
    s->text = str_slice(para->text, part.from, part.to);
    s->number = node->last_sentence == NULL ? 1 : node->last_sentence->number + 1;
    if (node->last_sentence == NULL)
        node->sentences = s;
    else
        node->last_sentence->next = s;
    node->last_sentence = s;
    judge(node, s);
    node->doc->sentences++;
    return set_at(r, cursor, part, s);
}

static bool
is_open(uint32_t c)
{
    return c == '(' || c == 0xff08 || c == 0x300c || c == 0x300e;
}

static bool
is_close(uint32_t c)
{
    return c == ')' || c == 0xff09 || c == 0x300d || c == 0x300f;
}

/* Brackets that never close (P113) do not hide the ends of sentences behind them. */
static bool
is_balanced(struct str s)
{
    int depth = 0;
    while (s.n > 0) {
        int32_t c = utf8_next(&s);
        depth += is_open((uint32_t)c);
        depth -= is_close((uint32_t)c);
        if (depth < 0)
            return false;
    }
    return depth == 0;
}

static int
split(struct reader *r, struct policy_node *node, const struct policy_para *para)
{
    struct str rest = para->text;
    bool balanced = is_balanced(rest);
    if (!balanced)
        finding_add(r, "P113", POLICY_ASK, node, para->pieces->source);
    const struct policy_piece *cursor = para->pieces;
    size_t from = 0;
    int depth = 0;
    while (rest.n > 0) {
        int32_t c = utf8_next(&rest);
        if (balanced)
            depth += is_open((uint32_t)c) - is_close((uint32_t)c);
        size_t here = para->text.n - rest.n;
        uint32_t next = rest.n > 0 ? char_first(rest) : 0;
        bool more = !balanced && (is_close(next) || is_open(next));
        if (c != 0x3002 || depth > 0 || more)
            continue;
        if (add_sentence(r, node, para, &cursor, (struct policy_range){from, here}) < 0)
            return -1;
        from = here;
    }
    return add_sentence(r, node, para, &cursor, (struct policy_range){from, para->text.n});
}

static int
split_node(struct reader *r, struct policy_node *node)
{
    for (struct policy_para *p = node->paras; p != NULL; p = p->next)
        if (!p->title && !p->caption && p->text.n > 0 && split(r, node, p) < 0)
            return -1;
    return 0;
}

int
reader_sentences(struct reader *r)
{
    for (struct policy_node *n = r->tree->nodes; n != NULL; n = n->following)
        if (n->kind != POLICY_LIMIT && split_node(r, n) < 0)
            return -1;
    for (struct policy_doc *doc = r->tree->docs; doc != NULL; doc = doc->next)
        for (struct policy_node *s = doc->supplements; s != NULL; s = s->next) {
            size_t before = doc->sentences;
            if (split_node(r, s) < 0)
                return -1;
            doc->sentences = before; /* supplements are counted apart */
        }
    return 0;
}
