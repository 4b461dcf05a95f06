/*
 * bulk: which records may be approved together with others. Runs in cored; it only reads.
 *
 * Invariant: what cannot be judged is approved by itself: a class whose rank nobody knows, a table
 * that holds classes, a route without a move that allows it.
 */
#include "core/register/record.h"

/* True when CODE has the lowest rank there is. */
static bool
lowest(const struct register_set *set, struct str code)
{
    const struct register_rank *own = NULL;
    for (size_t i = 0; i < set->rank_count; i++) {
        if (str_equal(set->ranks[i].code, code)) {
            own = &set->ranks[i];
        }
    }
    for (size_t i = 0; own != NULL && i < set->rank_count; i++) {
        if (set->ranks[i].rank < own->rank) {
            return false;
        }
    }
    return own != NULL;
}

static bool
classes_lowest(const struct register_set *set, const struct register_field *field,
               const json_t *value)
{
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    if (value == NULL || json_is_null(value)) {
        return true;
    }
    for (size_t i = 0; field->type == VALUE_CLASS && i < count; i++) {
        const json_t *one = json_is_array(value) ? json_array_get(value, i) : value;
        struct str code = {json_string_value(one), json_string_length(one)};
        if (code.p == NULL || !lowest(set, code)) {
            return false;
        }
    }
    for (size_t k = 0; field->type == VALUE_TABLE && k < field->column_count; k++) {
        if (field->columns[k].type == VALUE_CLASS && count > 0) {
            return false;
        }
    }
    return true;
}

static bool
move_allows(const struct record *record)
{
    for (size_t i = 0; i < record->def->move_count; i++) {
        const struct register_move *move = &record->def->moves[i];
        if ((move->from >> record->state_at & 1) != 0 && move->on == ON_DECIDED) {
            return move->bulk && !move->reason && move->need_count == 0 && move->ask_count == 0;
        }
    }
    return false;
}

int
register_bulk(struct register_set *set, struct store *store, struct arena *arena, uint64_t id,
              struct err *err)
{
    struct record record = {0};
    int rc = record_load(set, store, arena, id, &record, err);
    bool may = rc == 0 && record.state_at >= 0 && move_allows(&record);
    for (size_t i = 0; may && i < record.def->field_count; i++) {
        const struct register_field *field = &record.def->fields[i];
        json_t *value = json_object_getn(record.fields, field->key.p, field->key.n);
        may = field->free || classes_lowest(set, field, value);
    }
    record_done(&record);
    return rc < 0 ? -1 : may;
}
