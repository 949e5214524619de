/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/publication.h"
#include "keeper/keeper.h"
#include "keeper/publish.h"
#include "proc/aside.h"

static enum err write_it(const void *job)
{
	return publication_write(job);
}

static bool is_under_way(const struct keeper *k)
{
	return k->publisher && aside_is_busy(k->publisher);
}

static enum err end(struct keeper *k)
{
	return tlog_publish_end(
	    book_log(k->book), aside_wait(k->publisher));
}

enum err publish_begin(struct keeper *k)
{
	const struct publication *p;
	enum err e;

	if (!k->publisher)
		return book_publish(k->book);
	if (is_under_way(k))
		return ERR_OK;
	e = tlog_publish_begin(book_log(k->book), &p);
	if (!e && p)
		aside_begin(k->publisher, write_it, p);
	return e;
}

void publish_landed(struct keeper *k)
{
	enum err e = is_under_way(k) ? end(k) : ERR_OK;

	if (e)
		keeper_fail(k, PUBLISH_FAILED, e);
}

void publish_look(struct keeper *k)
{
	if (is_under_way(k) && aside_is_over(k->publisher))
		publish_landed(k);
}

enum err publish_now(struct keeper *k)
{
	enum err e;

	decide_commit(k);
	e = is_under_way(k) ? end(k) : ERR_OK;
	return e ? e : book_publish(k->book);
}
