/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/file.h"
#include "late_aside.h"
#include "meter/count.h"
#include "sim/cellar.h"
#include "sim/power.h"

#define COUNTS_MOST (16u << 20)

static void name_folder(struct cellar *c)
{
	(void)snprintf(c->folder, sizeof(c->folder), "%s-%u", c->base,
	    ++c->life);
}

void cellar_make(struct cellar *c, const char *base, const char *origin,
    unsigned ceiling)
{
	struct buf b;

	(void)snprintf(c->base, sizeof(c->base), "%s", base);
	name_folder(c);
	assert_int_equal(file_mkdir(c->folder, 0700), ERR_OK);
	buf_init(&b, 4096);
	buf_printf(&b, "instance drill=yes origin=%s\n"
	    "default floor=%u each=0\n", origin, ceiling);
	assert_int_equal(file_create(rig_in(c->folder, "trust"),
	    buf_span(&b), 0600), ERR_OK);
	buf_release(&b);
}

void cellar_starts(struct cellar *c, struct chan *chan)
{
	char path[300];
	struct vault_options o = {.path = path, .folder = c->folder,
	    .cache_mib = 2, .map_mib = 2, .random = c->random,
	    .clock = c->clock, .nth = c->nth, .count = c->count,
	    .rules = RULES_DIR};

	(void)snprintf(path, sizeof(path), "%s/store.db", c->folder);
	assert_int_equal(aside_new(NULL, NULL, &c->flusher), ERR_OK);
	o.flusher = c->flusher;
	assert_int_equal(vault_open(&o, &c->vault), ERR_OK);
	c->chan = chan;
	assert_int_equal(vault_greet(c->vault, chan), ERR_OK);
}

enum err cellar_turns(struct cellar *c)
{
	enum err e;

	wire_takes(&c->wire);
	e = vault_turn(c->vault);
	wire_takes(NULL);
	return e;
}

static enum err close_it(struct cellar *c)
{
	enum err e = vault_close(c->vault);

	wire_drops(&c->wire);
	aside_free(c->flusher);
	chan_free(c->chan);
	c->vault = NULL;
	c->chan = NULL;
	c->flusher = NULL;
	return e;
}

void cellar_ends(struct cellar *c)
{
	if (c->vault)
		assert_int_equal(close_it(c), ERR_OK);
}

/* What its end would write goes to files that nobody reads any more. */
unsigned cellar_dies(struct cellar *c, struct random_seeded *power)
{
	char before[sizeof(c->folder)];
	unsigned lost = 0;
	mode_t mask;

	memcpy(before, c->folder, sizeof(before));
	name_folder(c);
	mask = umask(077);	/* a key that others may read is none */
	rig_copy(before, c->folder);
	(void)umask(mask);
	power_moves(before, c->folder);
	if (power)
		lost = power_goes(c->folder, power);
	if (c->vault)
		(void)close_it(c);	/* its disk may have refused */
	power_forgets(before);
	rig_remove(before);
	return lost;
}

void cellar_counts(
    const struct cellar *c, struct buf *counts, struct buf *note)
{
	buf_init(counts, COUNTS_MOST);
	buf_init(note, NOTE_MAX);
	assert_int_equal(
	    file_read(rig_in(c->folder, "counts"), counts), ERR_OK);
	assert_int_equal(
	    file_read(rig_in(c->folder, "checkpoint"), note), ERR_OK);
}

bool cellar_counted(const struct cellar *c, uint64_t index)
{
	uint64_t flushed = power_flushed(rig_in(c->folder, "counts"));
	struct count_head h = {0};
	struct count_record record;
	struct buf counts, note;
	struct reader r;
	bool there = false;

	cellar_counts(c, &counts, &note);
	assert_true(flushed <= counts.n);
	r = reader_of(span_of(counts.p, (size_t)flushed));
	while (!there && !count_next(&r, &h, &record))
		for (uint32_t i = 0; i < record.entries && !there; i++)
			there = count_entry(&record, i).index == index;
	buf_release(&counts);
	buf_release(&note);
	return there;
}
