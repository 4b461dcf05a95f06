/*
 * table: the process table of the house. `sekishod --table` prints it.
 */
#include "cmd/sekishod/table.h"

const struct program_row program_table[] = {
    {"ledgerd", "ledgerd"},
    {"authd", "authd"},
    {"policyd", "policyd"},
    {"sheetd", "sheetd"},
    {"cored", "cored"},
    {"gated", "gated"},
    {"portald.*", "portald"},
};
const size_t program_row_count = sizeof program_table / sizeof *program_table;

const struct edge_row edge_table[] = {
    {"cored", "ledgerd", "ledgerd", "cored"},
    {"gated", "ledgerd", "ledgerd", "gated"},
    {"authd", "ledgerd", "ledgerd", "authd"},
    {"authd", "cored.ask", "cored", "authd.ask"},
    {"cored", "authd", "authd", "cored"},
    {"cored", "policyd", "policyd", "cored"},
    {"cored", "sheetd", "sheetd", "cored"},
    {"gated", "cored", "cored", "gated"},
    {"portald.*", "cored", "cored", "portald.*"},
    {"portald.*", "authd", "authd", "portald.*"},
    {"portald.*", "gated", "gated", "portald.*"},
};
const size_t edge_row_count = sizeof edge_table / sizeof *edge_table;
