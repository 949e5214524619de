/* SPDX-License-Identifier: Apache-2.0 */
#include "base/date.h"
#include "json/write.h"
#include "keeper/status.h"

static void put_count(struct json_writer *w, const char *name, uint64_t n)
{
	json_write_name(w, name);
	json_write_int(w, (int64_t)n);
}

static void put_bool(struct json_writer *w, const char *name, bool v)
{
	json_write_name(w, name);
	json_write_bool(w, v);
}

static void put_registry(struct json_writer *w, const struct registry *r)
{
	size_t admins = 0;

	for (size_t i = 0; i < r->admin_count; i++)
		admins += r->admins[i].revoked ? 0 : 1;
	put_count(w, "administrators", admins);
	put_count(w, "keys", r->key_count);
	put_count(w, "sites", r->site_count);
	put_count(w, "professionals", r->professional_count);
	put_count(w, "cells", r->insurer_count);
	json_write_name(w, "professions");
	json_write_begin(w, '[');
	for (size_t i = 0; i < r->profession_count; i++)
		json_write_text(w, r->professions[i].code);
	json_write_end(w, ']');
	json_write_name(w, "observed");
	json_write_begin(w, '[');
	for (size_t i = 0; i < r->mode_count; i++)
		if (r->modes[i].observe)
			json_write_text(w, r->modes[i].control);
	json_write_end(w, ']');
}

/* What new keys may still do together. */
static void put_newcomers(struct json_writer *w, struct keeper *k)
{
	const struct registry_cap *cap = &k->registry->cap;
	struct guard_wide read =
	    guard_look_newcomers(k->guard, keeper_now(k));

	json_write_name(w, "newcomers");
	json_write_begin(w, '{');
	put_count(w, "keys_day", cap->keys_day);
	put_count(w, "persons24", read.persons24);
	put_count(w, "of24", cap->persons24);
	put_count(w, "persons30", read.persons30);
	put_count(w, "of30", cap->persons30);
	json_write_end(w, '}');
}

static void put_closings(struct json_writer *w, const struct registry *r)
{
	size_t n = r->closing_count < STATUS_CLOSED ? r->closing_count :
	    STATUS_CLOSED;

	put_count(w, "closed_count", r->closing_count);
	json_write_name(w, "closed");
	json_write_begin(w, '[');
	for (size_t i = 0; i < n; i++) {
		const struct registry_closing *c = &r->closings[i];
		char since[DATE_STAMP_SIZE];

		date_format_stamp(c->since_ms, since);
		json_write_begin(w, '{');
		json_write_pair(w, "gate", c->gate);
		json_write_pair(w, "since", since);
		json_write_pair(w, "reason", c->reason);
		json_write_end(w, '}');
	}
	json_write_end(w, ']');
}

/* The machine's, beside the time that is believed. */
static void put_clock(struct json_writer *w, const struct hour *h)
{
	char says[DATE_STAMP_SIZE];

	date_format_stamp(clock_wall_ms(&h->clock) + h->offset_ms, says);
	json_write_pair(w, "clock", says);
	put_bool(w, "clock_doubtful", h->doubtful);
	put_bool(w, "time_stands", hour_stands(h));
}

/* By number: what ended and was not started again, or does not answer. */
static void put_silent(struct json_writer *w, struct keeper *k)
{
	json_write_name(w, "vaults_silent");
	json_write_begin(w, '[');
	for (uint32_t n = 0; n < k->vault_count; n++)
		if (!vaults_answers(k, n))
			json_write_int(w, n);
	json_write_end(w, ']');
}

void status_write(struct keeper *k, struct buf *out)
{
	struct json_writer w = json_writer_of(out);
	struct guard_wide all =
	    guard_look_platform(k->guard, keeper_now(k));
	char now[DATE_STAMP_SIZE];

	date_format_stamp(keeper_now(k), now);
	json_write_begin(&w, '{');
	json_write_pair(&w, "origin", k->conf.origin);
	put_bool(&w, "drill", k->registry->drill);
	json_write_pair(&w, "time", now);
	put_count(&w, "entries", book_size(k->book));
	put_count(&w, "registry", ledger_size(k->ledger));
	put_registry(&w, k->registry);
	put_count(&w, "persons24", all.persons24);
	put_count(&w, "persons30", all.persons30);
	put_newcomers(&w, k);
	put_clock(&w, &k->hour);
	put_silent(&w, k);
	put_bool(&w, "unconfirmed",
	    k->registry->past_count > 0 && !k->registry->reopened);
	put_closings(&w, k->registry);
	json_write_end(&w, '}');
}
