/* SPDX-License-Identifier: Apache-2.0 */
#include "failing_store.h"
#include "store/store.h"

static struct {
	enum failing_store_kind kind;
	unsigned nth, row, calls;
	enum err error;
	bool on, met;
} fails;

enum err __real_store_begin(struct store *s, enum store_mode mode);
enum err __wrap_store_begin(struct store *s, enum store_mode mode);
enum err __real_store_commit(struct store *s);
enum err __wrap_store_commit(struct store *s);
enum err __real_store_step(struct store_stmt *q);
enum err __wrap_store_step(struct store_stmt *q);
enum err __real_store_run(struct store_stmt *q);
enum err __wrap_store_run(struct store_stmt *q);
enum err __real_store_settle(struct store *s);
enum err __wrap_store_settle(struct store *s);

void failing_store_set(enum failing_store_kind kind, unsigned nth,
    unsigned row, enum err error)
{
	fails.kind = kind;
	fails.nth = nth;
	fails.row = row;
	fails.error = error;
	fails.calls = 0;
	fails.met = false;
	fails.on = true;
}

bool failing_store_end(void)
{
	fails.on = false;
	return fails.met;
}

unsigned failing_store_calls(void)
{
	return fails.calls;
}

static enum err fail_of(enum failing_store_kind kind)
{
	unsigned at = fails.calls;

	if (fails.kind != kind || !fails.on)
		return ERR_OK;
	fails.calls++;
	if (at < fails.nth || at - fails.nth >= fails.row)
		return ERR_OK;
	fails.met = true;
	return fails.error;
}

enum err __wrap_store_begin(struct store *s, enum store_mode mode)
{
	enum err e = fail_of(mode == STORE_WRITE ? FAILING_STORE_BEGIN :
	    FAILING_STORE_READ);

	return e ? e : __real_store_begin(s, mode);
}

enum err __wrap_store_commit(struct store *s)
{
	enum err e = fail_of(FAILING_STORE_COMMIT);

	if (!e)
		return __real_store_commit(s);
	store_rollback(s);
	return e;
}

enum err __wrap_store_step(struct store_stmt *q)
{
	enum err e = fail_of(FAILING_STORE_STEP);

	return e ? e : __real_store_step(q);
}

enum err __wrap_store_run(struct store_stmt *q)
{
	enum err e = fail_of(FAILING_STORE_RUN);

	if (!e)
		return __real_store_run(q);
	store_reset(q);
	return e;
}

enum err __wrap_store_settle(struct store *s)
{
	enum err e = fail_of(FAILING_STORE_SETTLE);

	return e ? e : __real_store_settle(s);
}
