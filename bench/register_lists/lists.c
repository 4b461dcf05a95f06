/*
 * lists: fills a town with records through register_act and asks what pages ask. Started by
 * bench/register_lists/run: lists RECORDS QUESTIONS; prints the database's path, then per question
 * "NAME P50 P99" in milliseconds, JSON text included. It waits for a line before it removes the
 * database.
 */
#include "core/register/search.h"
#include "tests/lists_scene.h"

#include <stdlib.h>
#include <time.h>

enum { UNIT_ACTS = 500, QUESTIONS_MOST = 10000 };

struct filling {
    size_t from, count;
};

/* A record, one in four of them submitted. */
static int
fill_one(struct store *s, size_t i, struct err *err)
{
    static const uint64_t owners[] = {1, 5, 4, 7, 1, 8};
    struct seen_record r;
    struct register_caller caller = {.person = owners[scene_pick(6)], .factors = STR("password")};
    struct register_call open = {
        .reg = STR("seen"), .move = STR("open"), .fields = scene_fields(&r, i)};
    struct register_outcome at;
    int rc = register_act(scene_set, s, scene_arena, &caller, &open, &at, err);
    json_decref(open.fields);
    if (rc == 0 && scene_pick(4) == 0) {
        struct register_call submit = scene_call(&at, "submit");
        rc = register_act(scene_set, s, scene_arena, &caller, &submit, &at, err);
    }
    arena_clear(scene_arena);
    return rc;
}

static int
fill_unit(struct store *s, void *arg, struct err *err)
{
    struct filling *filling = arg;
    for (size_t i = 0; i < filling->count; i++) {
        if (fill_one(s, filling->from + i, err) < 0) {
            return -1;
        }
    }
    /* as if the ledger had taken them: what waits for it is bounded */
    static const struct store_statement logged = {
        "logged", "UPDATE outbox SET leaf = id, at = 1 WHERE leaf IS NULL"};
    return db_exec(s, &logged, err);
}

static int64_t
now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int
by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

struct question {
    const char *name;
    uint64_t person;
    struct list_query query;
    const char *words; /* a search; NULL: a list */
    size_t pages;      /* so many pages on first, by `after` */
};

static json_t *
ask(const struct question *question, const struct list_query *query)
{
    struct register_caller caller = {.person = question->person};
    struct register_asker asker = {scene_set, scene_store, scene_arena, &caller};
    struct err err = {0};
    json_t *ret = NULL;
    arena_clear(scene_arena);
    int rc = question->words != NULL
                 ? register_search(&asker, str_of(question->words), (struct str){0}, &ret, &err)
                 : register_list(&asker, STR("seen"), query, &ret, &err);
    if (rc != 0) {
        fprintf(stderr, "%s: %s %s\n", question->name, err.code, err.detail);
        exit(1);
    }
    return ret;
}

static void
measure(const struct question *question, size_t times)
{
    static int64_t took[QUESTIONS_MOST];
    static char after[400];
    struct list_query query = question->query;
    size_t rows = 0;
    for (size_t i = 0; i < question->pages; i++) {
        json_t *page = ask(question, &query);
        const char *next = json_string_value(json_object_get(page, "next"));
        (void)snprintf(after, sizeof after, "%s", next != NULL ? next : "");
        query.after = str_of(after);
        json_decref(page);
    }
    for (size_t i = 0; i < times; i++) {
        int64_t begun = now_ns();
        json_t *page = ask(question, &query);
        char *text = json_dumps(page, JSON_COMPACT);
        took[i] = now_ns() - begun;
        rows = json_array_size(json_object_get(page, "items"));
        free(text);
        json_decref(page);
    }
    qsort(took, times, sizeof *took, by_value);
    printf("%s %.3f %.3f %zu\n", question->name, (double)took[times / 2] / 1e6,
           (double)took[times * 99 / 100] / 1e6, rows);
    fflush(stdout);
}

int
main(int argc, char **argv)
{
    static const struct question questions[] = {
        {.name = "own", .person = 8},
        {.name = "section", .person = 2},
        {.name = "condition", .person = 7},
        {.name = "all", .person = 3},
        {.name = "deep", .person = 3, .pages = 100},
        {.name = "oldest", .person = 3, .query = {.sort = STR("created")}},
        {.name = "state", .person = 3, .query = {.state = STR("pending")}},
        {.name = "field",
         .person = 3,
         .query = {.filters = {{STR("kind"), STR("b")}}, .filter_count = 1}},
        {.name = "where", .person = 3, .query = {.where = STR("day >= 2024-10-10 and kind = a")}},
        {.name = "sort_field", .person = 3, .query = {.sort = STR("-day")}},
        {.name = "search_rare", .person = 3, .words = "監査 77777"},
        {.name = "search_frequent", .person = 3, .words = "監査"},
        {.name = "search_section", .person = 2, .words = "学校"},
    };
    char line[8];
    size_t records = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    size_t times = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    if (records == 0 || times == 0 || times > QUESTIONS_MOST || scene_set_up(NULL) != 0) {
        return 2;
    }
    for (size_t done = SEEN_RECORDS; done < records; done += UNIT_ACTS) {
        struct filling filling = {done, records - done < UNIT_ACTS ? records - done : UNIT_ACTS};
        store_write(scene_store, fill_unit, scene_done, &filling);
    }
    printf("%s/db\n", scene_folder);
    fflush(stdout);
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        measure(&questions[i], times);
    }
    bool asked = fgets(line, sizeof line, stdin) != NULL; /* the peer has asked its own */
    return scene_tear_down(NULL) != 0 || !asked;
}
