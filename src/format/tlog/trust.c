/*
 * trust: see trust.h. Pure; used by verifiers and witnesses.
 */
#include "format/tlog/trust.h"

#include <string.h>

struct reader {
    struct trust *trust;
    unsigned line;
    unsigned quorums;
    struct err *err;
};

static int
bad(const struct reader *r, const char *what)
{
    return ERR(r->err, "ledger.trust", "line %u: %s", r->line, what);
}

/* The next word of *REST; false when there is none. Blanks and tabs divide. */
static bool
word_next(struct str *rest, struct str *ret)
{
    *rest = str_trim(*rest);
    size_t n = 0;
    while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t')
        n++;
    *ret = str_slice(*rest, 0, n);
    *rest = str_slice(*rest, n, rest->n);
    return n > 0;
}

static int
party_find(const struct trust *trust, struct str name)
{
    for (unsigned i = 0; i < trust->parties; i++)
        if (str_equal_z(name, trust->party[i].name))
            return (int)i;
    return -1;
}

static int
party_new(struct reader *r, struct str *rest, struct trust_party **ret)
{
    struct str name;
    if (!word_next(rest, &name) || name.n > NOTE_NAME_MOST || str_equal_z(name, "none"))
        return bad(r, "name");
    if (party_find(r->trust, name) >= 0)
        return bad(r, "this name stands twice");
    if (r->trust->parties == TRUST_PARTIES_MOST)
        return bad(r, "too many witnesses and groups");
    *ret = &r->trust->party[r->trust->parties];
    memset(*ret, 0, sizeof **ret);
    memcpy((*ret)->name, name.p, name.n);
    return 0;
}

/* After the key at most one more word (the address) may stand. */
static int
key_read(struct reader *r, struct str *rest, enum note_key_type type, struct note_key *ret)
{
    struct str vkey;
    struct str url;
    struct str more;
    if (!word_next(rest, &vkey) || note_key_parse(vkey, ret, NULL) != 0 || ret->type != type)
        return bad(r, type == NOTE_LOG ? "not a log key" : "not a witness key");
    if (word_next(rest, &url) && word_next(rest, &more))
        return bad(r, "too many words");
    return 0;
}

static int
read_log(struct reader *r, struct str rest)
{
    if (r->trust->logs == TRUST_LOGS_MOST)
        return bad(r, "too many logs");
    return key_read(r, &rest, NOTE_LOG, &r->trust->log[r->trust->logs++]);
}

static int
read_witness(struct reader *r, struct str rest)
{
    struct trust_party *party;
    if (party_new(r, &rest, &party) != 0 || key_read(r, &rest, NOTE_COSIGNER, &party->key) != 0)
        return -1;
    for (unsigned i = 0; i < r->trust->parties; i++)
        if (!r->trust->party[i].group && note_key_equal(&r->trust->party[i].key, &party->key))
            return bad(r, "this key stands twice");
    r->trust->parties++;
    return 0;
}

static int
read_group(struct reader *r, struct str rest)
{
    struct trust_party *party;
    struct str need;
    struct str member;
    uint64_t k = 0;
    if (party_new(r, &rest, &party) != 0)
        return -1;
    party->group = true;
    if (!word_next(&rest, &need))
        return bad(r, "any, all or a number is missing");
    while (word_next(&rest, &member)) {
        int at = party_find(r->trust, member);
        if (at < 0)
            return bad(r, "unknown member");
        if (party->n == TRUST_MEMBERS_MOST || memchr(party->member, at, party->n) != NULL)
            return bad(r, "too many members, or one twice");
        party->member[party->n++] = (uint8_t)at;
    }
    if (str_equal_z(need, "any"))
        k = 1;
    else if (str_equal_z(need, "all"))
        k = party->n;
    else if (!str_to_u64(need, &k))
        return bad(r, "neither any, all nor a number");
    if (k == 0 || k > party->n)
        return bad(r, "more than the group has members, or none");
    party->need = (unsigned)k;
    r->trust->parties++;
    return 0;
}

static int
read_quorum(struct reader *r, struct str rest)
{
    struct str name;
    struct str more;
    if (!word_next(&rest, &name) || word_next(&rest, &more))
        return bad(r, "quorum");
    if (r->quorums++ > 0)
        return bad(r, "a second quorum");
    r->trust->has_quorum = !str_equal_z(name, "none");
    if (!r->trust->has_quorum)
        return 0;
    int at = party_find(r->trust, name);
    if (at < 0)
        return bad(r, "unknown name");
    r->trust->quorum = (unsigned)at;
    return 0;
}

static int
read_line(struct reader *r, struct str line)
{
    static const struct {
        const char *word;
        int (*read)(struct reader *, struct str);
    } words[] = {{"log", read_log},
                 {"witness", read_witness},
                 {"group", read_group},
                 {"quorum", read_quorum}};
    struct str word;
    for (size_t i = 0; i < line.n; i++)
        if (((uint8_t)line.p[i] < 0x20 && line.p[i] != '\t') || line.p[i] == 0x7F)
            return bad(r, "control character");
    if (!word_next(&line, &word) || word.p[0] == '#')
        return 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_equal_z(word, words[i].word))
            return words[i].read(r, line);
    return bad(r, "unknown word");
}

int
trust_parse(struct str bytes, struct trust *ret, struct err *err)
{
    struct reader r = {.trust = ret, .err = err};
    struct str line;
    memset(ret, 0, sizeof *ret);
    if (bytes.n > TRUST_MOST)
        return ERR(err, "ledger.trust", "%zu bytes", bytes.n);
    while (str_split_next(&bytes, '\n', &line)) {
        r.line++;
        if (read_line(&r, line) != 0)
            return -1;
    }
    if (ret->logs == 0)
        return bad(&r, "no log");
    if (r.quorums == 0)
        return bad(&r, "no quorum line");
    return 0;
}

bool
trust_quorum_met(const struct trust *trust, const bool cosigned[TRUST_PARTIES_MOST])
{
    bool met[TRUST_PARTIES_MOST] = {false};
    if (!trust->has_quorum)
        return true;
    for (unsigned i = 0; i < trust->parties; i++) {
        const struct trust_party *party = &trust->party[i];
        unsigned have = 0;
        for (unsigned m = 0; m < party->n; m++)
            have += met[party->member[m]] ? 1 : 0;
        met[i] = party->group ? have >= party->need : cosigned[i];
    }
    return met[trust->quorum];
}
