/* SPDX-License-Identifier: Apache-2.0 */
#include "rights/schema_sql.h"

static const struct store_migration steps[] = {
	{1, "rights",
	    "CREATE TABLE cell ("
	    "cell :int NOT NULL, generation :int NOT NULL,"
	    "staged :int NOT NULL, effective_day :int NOT NULL,"
	    "feed :bytes NOT NULL, next_person :int NOT NULL,"
	    "next_right :int NOT NULL, next_cover :int NOT NULL,"
	    "PRIMARY KEY (cell)) :keyed;"
	    "CREATE TABLE alias ("
	    "cell :int NOT NULL, tag :bytes NOT NULL,"
	    "gen_from :int NOT NULL, person :int NOT NULL,"
	    "version :int NOT NULL, card :int NOT NULL,"
	    "gen_to :int NOT NULL,"
	    "PRIMARY KEY (cell, tag, gen_from)) :keyed;"
	    "CREATE TABLE person ("
	    "cell :int NOT NULL, id :int NOT NULL,"
	    "gen_from :int NOT NULL, number :int NOT NULL,"
	    "handle :bytes NOT NULL, hints :bytes NOT NULL,"
	    "gen_to :int NOT NULL,"
	    "PRIMARY KEY (cell, id, gen_from)) :keyed;"
	    "CREATE TABLE cover ("
	    "cell :int NOT NULL, id :int NOT NULL, gen_from :int NOT NULL,"
	    "print :int NOT NULL, text :bytes NOT NULL,"
	    "PRIMARY KEY (cell, id)) :keyed;"
	    "CREATE INDEX cover_print ON cover (cell, print);"
	    "CREATE TABLE rights ("
	    "cell :int NOT NULL, person :int NOT NULL, id :int NOT NULL,"
	    "gen_from :int NOT NULL, gen_to :int NOT NULL,"
	    "cover :int NOT NULL, rank :int NOT NULL,"
	    "from_day :int NOT NULL, to_day :int NOT NULL,"
	    "closed_day :int NOT NULL, age_class :int NOT NULL,"
	    "age_change :int NOT NULL,"
	    "PRIMARY KEY (cell, person, id)) :keyed;"
	    "CREATE TABLE untidy ("
	    "cell :int NOT NULL, person :int NOT NULL,"
	    "hints :bytes NOT NULL, PRIMARY KEY (cell, person)) :keyed"},
	{2, "feeds made when",
	    "ALTER TABLE cell ADD COLUMN made :int NOT NULL DEFAULT 0;"
	    "ALTER TABLE cell ADD COLUMN version :int NOT NULL DEFAULT 0"},
	{3, "what retention took",
	    "ALTER TABLE cell ADD COLUMN purged :int NOT NULL DEFAULT 0;"
	    "ALTER TABLE person ADD COLUMN gone :int NOT NULL DEFAULT 0"},
	{4, "aliases in sheaves",
	    "CREATE TABLE tags ("
	    "cell :int NOT NULL, first :bytes NOT NULL,"
	    "body :bytes NOT NULL, PRIMARY KEY (cell, first))"},
	{5, "covers found by their text",
	    "DROP INDEX cover_print;"
	    "ALTER TABLE cover DROP COLUMN print;"
	    "CREATE INDEX cover_text ON cover (cell, text)"},
};

enum err schema_sql_migrate(struct store *s)
{
	return store_migrate(
	    s, "rights", steps, sizeof(steps) / sizeof(steps[0]));
}
