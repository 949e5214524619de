/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include "base/date.h"
#include "base/text.h"
#include "keeper/listing.h"

const char *listing_field(unsigned bit)
{
	static const char *const names[LISTING_FIELDS] = {
	    "in-force", "period", "level", "prior-authorisation",
	    "route", "amounts"};

	return bit < LISTING_FIELDS ? names[bit] : "";
}

static int by_person(const void *a, const void *b)
{
	const struct listing_hit *x = a, *y = b;

	if (x->cell != y->cell)
		return x->cell < y->cell ? -1 : 1;
	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

void listing_sort(struct listing_hit *hits, size_t count)
{
	qsort(hits, count, sizeof(hits[0]), by_person);
}

size_t listing_end(const struct listing_hit *hits, size_t count, size_t i)
{
	size_t end = i + 1;

	while (end < count && hits[end].cell == hits[i].cell &&
	    hits[end].number == hits[i].number)
		end++;
	return end;
}

/* Of all entries of a list that met the person, and how many they are. */
static uint32_t fields_of(
    const struct listing *l, enum listing_state part, size_t *ret_count)
{
	uint32_t fields = 0;

	*ret_count = 0;
	for (size_t i = l->at; i < l->end; i++)
		if (l->hits[i].state == part) {
			fields |= l->hits[i].fields;
			++*ret_count;
		}
	return fields;
}

/* Does this person belong to the list being written? Who was read is in doubt
 * as well only for what the entries in doubt may have told beyond that. */
static bool is_listed(const struct listing *l)
{
	size_t here, read;
	uint32_t fields = fields_of(l, l->part, &here);
	uint32_t told = fields_of(l, LISTING_READ, &read);

	if (here == 0)
		return false;
	return l->part == LISTING_READ || read == 0 || (fields & ~told) != 0;
}

static void begin_list(struct listing *l)
{
	json_write_name(l->w, l->part == LISTING_READ ? "read" :
	    "cannot_be_excluded");
	json_write_begin(l->w, '[');
	l->at = 0;
	l->stage = LISTING_PERSON;
}

static void end_list(struct listing *l)
{
	json_write_end(l->w, ']');
	l->stage = l->part == LISTING_READ ? LISTING_BEGIN : LISTING_OVER;
	l->part = LISTING_CANNOT_EXCLUDE;
}

static void begin_hits(
    struct listing *l, const char *name, enum listing_stage stage)
{
	json_write_name(l->w, name);
	json_write_begin(l->w, '[');
	l->next = l->at;
	l->stage = stage;
}

static void begin_person(struct listing *l)
{
	size_t entries;
	uint32_t fields = fields_of(l, l->part, &entries);
	const struct registry_insurer *insurer =
	    registry_of_cell(l->registry, l->hits[l->at].cell);
	const struct listing_handle *handle = &l->handles[l->at];
	char ref[TEXT_B64_SIZE(LIMIT_HANDLE)];

	text_b64url(handle->bytes, handle->n, ref);
	json_write_begin(l->w, '{');
	json_write_pair(l->w, "operator", insurer ? insurer->operator : "");
	json_write_pair(l->w, "hosted_by", insurer ? insurer->hosted_by : "");
	json_write_pair(l->w, "amc", insurer ? insurer->amc : "");
	json_write_pair(l->w, "ref", ref);
	json_write_name(l->w, "fields");
	json_write_begin(l->w, '[');
	for (unsigned f = 0; f < LISTING_FIELDS; f++)
		if (fields & 1u << f)
			json_write_text(l->w, listing_field(f));
	json_write_end(l->w, ']');
	begin_hits(l, "indexes", LISTING_INDEXES);
}

static void find_person(struct listing *l)
{
	if (l->at == l->count) {
		end_list(l);
		return;
	}
	l->end = listing_end(l->hits, l->count, l->at);
	if (is_listed(l))
		begin_person(l);
	else
		l->at = l->end;
}

static void end_hits(struct listing *l)
{
	json_write_end(l->w, ']');
	if (l->stage == LISTING_INDEXES) {
		begin_hits(l, "times", LISTING_TIMES);
		return;
	}
	json_write_end(l->w, '}');
	l->at = l->end;
	l->stage = LISTING_PERSON;
}

static void write_hit(struct listing *l)
{
	const struct listing_hit *h = &l->hits[l->next++];
	char stamp[DATE_STAMP_SIZE];

	if (h->state != l->part)
		return;
	if (l->stage == LISTING_INDEXES) {
		json_write_int(l->w, (int64_t)h->index);
		return;
	}
	date_format_stamp(h->time_ms, stamp);
	json_write_text(l->w, stamp);
}

bool listing_go_on(struct listing *l, size_t most)
{
	while (l->stage != LISTING_OVER && l->w->out->n < most &&
	    !l->w->out->err) {
		if (l->stage == LISTING_BEGIN)
			begin_list(l);
		else if (l->stage == LISTING_PERSON)
			find_person(l);
		else if (l->next < l->end)
			write_hit(l);
		else
			end_hits(l);
	}
	return l->stage != LISTING_OVER;
}
