/* SPDX-License-Identifier: Apache-2.0 */
#include "rights/share_sql.h"

static const struct store_migration steps[] = {
	{1, "share",
	    "CREATE TABLE share (id :int NOT NULL, nth :int NOT NULL,"
	    "count :int NOT NULL, PRIMARY KEY (id)) :keyed"},
};

static enum err find(
    struct store *s, unsigned *ret_nth, unsigned *ret_count)
{
	struct store_stmt *q = NULL;
	enum err e = store_prepare(
	    s, "SELECT nth, count FROM share WHERE id = 1", &q);

	if (e)
		return e;
	e = store_step(q);
	if (!e) {
		*ret_nth = (unsigned)store_int(q, 0);
		*ret_count = (unsigned)store_int(q, 1);
	}
	store_reset(q);
	store_finalize(q);
	return e;
}

static enum err put(struct store *s, unsigned nth, unsigned count)
{
	struct store_stmt *q = NULL;
	enum err e = store_prepare(s,
	    "INSERT INTO share (id, nth, count) VALUES (1, $1, $2)", &q);

	if (!e)
		e = store_begin(s, STORE_WRITE);
	if (!e) {
		store_bind_int(q, 1, nth);
		store_bind_int(q, 2, count);
		e = store_run(q);
		if (e)
			store_rollback(s);
		else
			e = store_commit(s);
	}
	store_finalize(q);
	return e;
}

enum err share_sql_check(struct store *s, unsigned nth, unsigned count,
    unsigned *ret_nth, unsigned *ret_count)
{
	enum err e = store_migrate(s, "share", steps, 1);

	if (!e)
		e = find(s, ret_nth, ret_count);
	if (e == ERR_UNKNOWN) {
		*ret_nth = nth;
		*ret_count = count;
		return put(s, nth, count);
	}
	if (!e && (*ret_nth != nth || *ret_count != count))
		e = ERR_STATE;
	return e;
}
