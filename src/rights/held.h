/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Persons whom an open feed has just brought, and their rights, in memory
 * until they are many: rows that are appended cost half as much when several
 * go into one statement. Of a person who is here no row stands in the table.
 */
#pragma once
#include "rights/person_sql.h"
#include "rights/right_sql.h"

#define HELD_PERSONS 128
#define HELD_RIGHTS 160

struct held {
	struct person_row persons[HELD_PERSONS];	/* ids one by one */
	struct right_row rights[HELD_RIGHTS];
	unsigned person_count, right_count;
};

void held_clear(struct held *h);
/* Have a person and a right more their places? */
bool held_has_room(const struct held *h);
/* The person, or NULL: not here. */
struct person_row *held_person(struct held *h, int64_t id);
void held_add_person(struct held *h, const struct person_row *row);
/* Of a person who is here. */
void held_add_right(struct held *h, const struct right_row *row);
void held_rights(const struct held *h, int64_t person,
    struct right_row ret[RIGHT_MOST], unsigned *ret_count);
