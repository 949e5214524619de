/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast does ecluse-vault take feeds, how long do questions wait meanwhile,
 * how large does it get?
 *
 *   test_vault_load VAULT DIR CELLS MEMBERS [LOADS]
 *
 * MEMBERS over CELLS cells of equal size: 4 tags each, handles of 40 bytes,
 * every fifth with a second right. Loads a few members into each cell, all of
 * them, the same again, and once more with every tenth line changed (or the
 * first LOADS of these); lines go in messages of 24 KB as the keeper sends
 * them, each followed by a question.
 */
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/date.h"
#include "base/random.h"
#include "vault_drive.h"

#define MESSAGE 24576
#define CONTRACTS 6
#define DAY 20454
#define FEW 200			/* one in so many comes first */

struct run {
	struct vault_drive d;
	unsigned cells, members;	/* of one cell */
	unsigned edition;
	int64_t *waits_us;		/* of questions */
	size_t waits, room;
	double seconds;
	uint64_t lines;
	struct feed_state sum;
};

static int64_t now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void need(enum err e, const char *what)
{
	if (!e)
		return;
	fprintf(stderr, "%s: %s\n", what, err_text(e));
	exit(1);
}

static void fill(void *to, size_t n, unsigned cell, unsigned who, char kind)
{
	struct random_seeded seed;
	uint8_t *p = to, word[8];

	(void)random_from_seed(
	    &seed, (uint64_t)cell << 40 | (uint64_t)kind << 32 | who);
	for (size_t i = 0; i < n; i += 8) {
		put_be64(word, random_seeded_u64(&seed));
		memcpy(p + i, word, n - i < 8 ? n - i : 8);
	}
}

static void put_line(struct run *r, struct buf *out, unsigned cell,
    unsigned who, unsigned nth, unsigned number)
{
	static const char *const codes[] = {"AUDI", "DEPR", "DESO", "HOSP",
	    "LABO", "MED", "OPTI", "PHAR"};
	static const char *const levels[] = {"BR100", "BR200", "TM", "BR300"};
	static const char *const contracts[CONTRACTS] = {
	    "ESS", "CONF", "PREM", "SENI", "ETUD", "SUR"};
	unsigned contract = nth ? CONTRACTS - 1 : who % (CONTRACTS - 1);
	bool changed = who % 10 == 0 && r->edition > 0;
	struct feed_line l;
	uint8_t handle[40];

	memset(&l, 0, sizeof(l));
	l.line = number;
	l.tag_count = 4;
	l.card_count = 1;
	for (unsigned i = 0; i < 4; i++)
		fill(l.tags[i], RIGHTS_TAG, cell, who, "rmnc"[i]);
	fill(handle, sizeof(handle), cell, who, 'h');
	l.handle = span_of(handle, sizeof(handle));
	l.contract = span_str(contracts[contract]);
	l.convention = span_str("VM");
	l.csr = span_str("CSR75");
	l.order = (uint8_t)(nth + 1);
	l.from_day = DAY;
	l.to_day = DAY + 364;
	l.closed_day = changed ? DAY + 180 : 0;
	l.age_class = 2;
	l.age_change = 2040 * 12 + who % 12;
	l.domain_count = 8;
	for (unsigned i = 0; i < 8; i++)
		l.domains[i] = (struct feed_domain){span_str(codes[i]),
			span_str(levels[(contract + i) % 4]), i == 1};
	feed_line_pack(&l, out);
}

/* A lines message and a question behind it, in one datagram. */
static struct feed_state send(struct run *r, struct buf *lines, unsigned cell,
    unsigned who)
{
	struct rights_resolve asked = {.cell = cell, .count = 1};
	struct feed_state s;
	struct buf body;
	int64_t sent;

	fill(asked.tags[0], RIGHTS_TAG, cell, who, 'm');
	buf_init(&body, 256);
	rights_resolve_pack(&asked, &body);
	need(vault_drive_put(&r->d, MSG_FEED_LINES, 1, lines), "put");
	need(chan_flush(r->d.chan), "flush");
	sent = now_us();
	need(vault_drive_put(&r->d, MSG_RESOLVE, 2, &body), "put");
	buf_release(&body);
	memset(&s, 0, sizeof(s));
	for (int answers = 0; answers < 2;) {
		need(vault_drive_get(&r->d), "get");
		if (r->d.last.type == MSG_RESOLVED) {
			if (r->waits < r->room)
				r->waits_us[r->waits++] = now_us() - sent;
			answers++;
			continue;
		}
		if (r->d.last.type == MSG_FEED_WORKS)
			continue;	/* a sign of life */
		need(feed_state_unpack(r->d.last.body, &s), "state");
		if (s.outcome != FEED_GOES_ON)
			need(ERR_REFUSED, "lines");
		answers++;
	}
	return s;
}

static void load_cell(struct run *r, unsigned cell)
{
	struct feed_begin b = {.cell = cell, .kind = FEED_FULL, .version = 1,
		.effective_day = DAY};
	struct feed_state s;
	unsigned number = 0;
	struct buf lines;

	need(vault_drive_begin(&r->d, &b, &s), "begin");
	buf_init(&lines, LIMIT_DATAGRAM);
	for (unsigned who = 0; who < r->members; who++) {
		put_line(r, &lines, cell, who, 0, ++number);
		if (who % 5 == 0)
			put_line(r, &lines, cell, who, 1, ++number);
		if (lines.n > MESSAGE - 700) {
			(void)send(r, &lines, cell, who);
			buf_clear(&lines);
		}
	}
	if (lines.n > 0)
		(void)send(r, &lines, cell, 0);
	buf_release(&lines);
	need(vault_drive_finish(&r->d, true, &s), "finish");
	if (s.outcome != FEED_COMMITTED)
		need(ERR_REFUSED, "finish");
	r->sum.lines += s.lines;
	r->sum.added += s.added;
	r->sum.changed += s.changed;
	r->sum.unchanged += s.unchanged;
	r->sum.dropped += s.dropped;
}

/* Processor time of the vault so far: the steadier figure on a busy machine. */
static double vault_cpu_s(const struct run *r)
{
	unsigned long long user = 0, kernel = 0;
	char path[64], text[1024];
	char *p;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)r->d.pid);
	f = fopen(path, "r");
	if (!f || !fgets(text, sizeof(text), f))
		need(ERR_IO, path);
	(void)fclose(f);
	p = strrchr(text, ')');	/* then: state, 10 numbers, utime, stime */
	for (int i = 0; p && i < 12; i++)
		p = strchr(p + 1, ' ');
	if (p) {
		user = strtoull(p, &p, 10);
		kernel = strtoull(p, &p, 10);
	}
	return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void pass(struct run *r, const char *name)
{
	double s, cpu = vault_cpu_s(r);
	int64_t begun = now_us();

	memset(&r->sum, 0, sizeof(r->sum));
	r->waits = 0;
	for (unsigned cell = 1; cell <= r->cells; cell++)
		load_cell(r, cell);
	s = (double)(now_us() - begun) / 1e6;
	cpu = vault_cpu_s(r) - cpu;
	qsort(r->waits_us, r->waits, sizeof(*r->waits_us), by_value);
	printf("%-14s %8llu lines %6.2f s %7.0f lines/s, vault %5.1f us "
	    "a line  +%llu ~%llu =%llu "
	    "-%llu  question p50 %.1f p99 %.1f max %.1f ms\n", name,
	    (unsigned long long)r->sum.lines, s, (double)r->sum.lines / s,
	    cpu * 1e6 / (double)r->sum.lines,
	    (unsigned long long)r->sum.added,
	    (unsigned long long)r->sum.changed,
	    (unsigned long long)r->sum.unchanged,
	    (unsigned long long)r->sum.dropped,
	    (double)r->waits_us[r->waits / 2] / 1e3,
	    (double)r->waits_us[r->waits * 99 / 100] / 1e3,
	    (double)r->waits_us[r->waits - 1] / 1e3);
	fflush(stdout);
}

/* resolve and do of known persons, batch at a time in one datagram. */
static void ask_many(struct run *r, unsigned batch)
{
	const unsigned rounds = 40000 / batch;
	uint64_t numbers[256];
	struct rights_do asked = {.purpose = RIGHTS_READ,
		.care_day = DAY + 10, .domain = span_str("OPTI"),
		.convention = span_str("VM"),
		.amc = span_str("0123456789"),
		.transaction = span_str("vault.test/journal/123456")};
	struct rights_resolve find = {.count = 1};
	struct buf body;
	double cpu = vault_cpu_s(r);
	int64_t begun = now_us();
	unsigned who = 0;

	buf_init(&body, 1024);
	for (unsigned round = 0; round < rounds; round++) {
		for (unsigned i = 0; i < batch; i++) {
			who = (who + 7919) % r->members;
			find.cell = who % r->cells + 1;
			fill(find.tags[0], RIGHTS_TAG, find.cell, who, 'm');
			buf_clear(&body);
			rights_resolve_pack(&find, &body);
			need(vault_drive_put(
			    &r->d, MSG_RESOLVE, who, &body), "put");
		}
		for (unsigned i = 0; i < batch; i++) {
			need(vault_drive_get(&r->d), "get");
			numbers[i] = get_be64(r->d.last.body.p);
			if (!numbers[i])
				need(ERR_UNKNOWN, "resolve");
			asked.cell = (uint32_t)r->d.last.ref % r->cells + 1;
			asked.number = numbers[i];
			buf_clear(&body);
			rights_do_pack(&asked, &body);
			need(vault_drive_put(&r->d, MSG_DO, i, &body), "put");
		}
		for (unsigned i = 0; i < batch; i++)
			need(vault_drive_get(&r->d), "get");
	}
	buf_release(&body);
	printf("questions      batch %-3u %8.0f resolve+do/s, vault %5.1f us "
	    "each\n", batch,
	    rounds * batch / ((double)(now_us() - begun) / 1e6),
	    (vault_cpu_s(r) - cpu) * 1e6 / (rounds * batch));
}

static void load_all(struct run *r, unsigned loads)
{
	static const char *const names[] = {"a few", "first load",
	    "the same again", "every 10th new"};
	const unsigned members = r->members;

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		r->members = i == 0 ? members / FEW + 1 : members;
		r->edition = i == 3;
		if (i < loads)
			pass(r, names[i]);
	}
}

int main(int argc, char **argv)
{
	unsigned loads = UINT_MAX;
	struct rusage used;
	struct run r;

	if (argc < 5 || argc > 6) {
		fprintf(stderr, "usage: %s VAULT DIR CELLS MEMBERS [LOADS]\n",
		    argv[0]);
		return 2;
	}
	if (argc == 6)
		loads = (unsigned)strtoul(argv[5], NULL, 10);
	memset(&r, 0, sizeof(r));
	r.d.program = argv[1];
	r.d.dir = argv[2];
	r.cells = (unsigned)strtoul(argv[3], NULL, 10);
	r.members = (unsigned)strtoul(argv[4], NULL, 10) / r.cells;
	r.room = 1000000;
	r.waits_us = calloc(r.room, sizeof(*r.waits_us));
	(void)signal(SIGPIPE, SIG_IGN);
	need(vault_drive_start(&r.d, true), "start");
	load_all(&r, loads);
	for (unsigned batch = 1; batch <= 64; batch *= 8)
		ask_many(&r, batch);
	(void)vault_drive_end(&r.d, SIGTERM);
	(void)getrusage(RUSAGE_CHILDREN, &used);
	printf("vault          %.1f s user %.1f s system, %ld MB at most\n",
	    (double)used.ru_utime.tv_sec + (double)used.ru_utime.tv_usec / 1e6,
	    (double)used.ru_stime.tv_sec + (double)used.ru_stime.tv_usec / 1e6,
	    used.ru_maxrss / 1024);
	free(r.waits_us);
	return 0;
}
