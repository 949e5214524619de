/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include "lib/machine.h"
#include "lib/must.h"
#include "lib/watch.h"
#include "rights/doors.h"
#include "rights/round.h"

#define FLUSH_BYTES 888		/* a record of the journal */
#define FLUSH_SECONDS 0.3
#define BESIDE_TIMES 8		/* it is that much faster at least */
#define LIFE_S 20		/* signing ahead may not take longer */

/* --- questions --- */

static const struct post *make(struct round *b, size_t nth)
{
	size_t i = b->first + nth;

	must_true((i + 1) * b->about.lines <= b->crowd.person_count &&
	    i < b->crowd.asker_count,
	    "not enough people or sites in the population");
	post_make(&b->about, &b->crowd.sites[b->crowd.askers[i]],
	    &b->crowd.persons[i * b->about.lines], &b->posts[nth]);
	return &b->posts[nth];
}

static const struct post *next(void *ctx, size_t nth)
{
	struct round *b = ctx;

	nth %= b->count;
	return b->posts[nth].bytes.n ? &b->posts[nth] : make(b, nth);
}

/* The first one, so that its reason is seen; it holds no person. */
static void show_refusal(const struct round *b, size_t nth,
    const struct reply *r)
{
	struct span text = r->body;
	struct buf plain;

	if (b->tally.refused > 1 || !b->at_home)
		return;
	buf_init(&plain, REPLY_MOST);
	if (b->about.sealed &&
	    !seal_open_answer(&b->posts[nth].seal, r->body, &plain))
		text = buf_span(&plain);
	(void)fprintf(stderr, "bench-rights: refused with %u: %.*s\n",
	    r->status, (int)text.n, (const char *)text.p);
	buf_release(&plain);
}

static bool judge(void *ctx, size_t nth, const struct reply *r)
{
	struct round *b = ctx;
	struct round_tally *t = &b->tally;
	size_t covered = 0;

	t->body_bytes += r->body.n;
	t->head_bytes += r->size - r->body.n;
	if (r->status != 200) {
		t->refused++;
		show_refusal(b, nth, r);
		return false;
	}
	if (!b->at_home)
		return true;
	if (!r->signature.n || !r->input.n || !r->digest.n) {
		t->unsigned_answers++;
		return false;
	}
	if (nth % b->o.verify != 0)
		return true;
	t->checked++;
	if (post_check(&b->about, &b->posts[nth], r, &covered)) {
		t->failed++;
		return false;
	}
	t->covered += covered;
	return true;
}

static void begin(void *ctx)
{
	struct round *b = ctx;

	usage_read(&b->usage, &b->before);
}

static void prepare(struct round *b, size_t count)
{
	double from = watch_wall_us(), cpu = watch_cpu_us();

	b->posts = calloc(count ? count : 1, sizeof(*b->posts));
	must_true(b->posts != NULL, "no memory");
	b->count = count;
	b->make_us = 0;
	if (b->o.live)
		return;
	for (size_t i = 0; i < count; i++)
		(void)make(b, i);
	must_true(watch_wall_us() - from < LIFE_S * 1e6,
	    "signing took too long: fewer --questions, or --live");
	must_true(b->o.pace == 0 || count / b->o.pace < LIFE_S / 2,
	    "so many at that pace outlive their signatures: --live");
	b->make_us = (watch_cpu_us() - cpu) / (double)(count ? count : 1);
}

static void forget(struct round *b)
{
	for (size_t i = 0; i < b->count; i++)
		post_release(&b->posts[i]);
	free(b->posts);
	b->first += b->count;
}

/* --- what is said --- */

void round_say_machine(const struct round *b)
{
	struct machine m;
	double p50, p99, flushes;

	machine_read(&m);
	flushes = machine_flushes(
	    ".", FLUSH_BYTES, FLUSH_SECONDS, &p50, &p99);
	if (b->o.json)
		(void)printf("{\"cpu\":\"%s\",\"cores\":%ld,\"kernel\":\"%s\","
		    "\"seed\":%llu,\"flushes_s\":%.0f,\"persons\":%zu,"
		    "\"sites\":%zu,\"by_card\":%zu,\"askers\":%zu}\n", m.cpu,
		    m.cores, m.kernel, (unsigned long long)b->o.seed, flushes,
		    b->crowd.person_count, b->crowd.site_count,
		    b->crowd.by_card, b->crowd.asker_count);
	else
		(void)printf("%s, %ld cores, %s; seed %llu; %.0f flushes a "
		    "second\n%zu persons in force, %zu of them asked about by "
		    "card, %zu sites, %zu questions inside their budgets\n",
		    m.cpu, m.cores, m.kernel, (unsigned long long)b->o.seed,
		    flushes, b->crowd.person_count, b->crowd.by_card,
		    b->crowd.site_count, b->crowd.asker_count);
}

static void say_usage(const struct round *b, const struct usage_times *after,
    size_t answered)
{
	double n = (answered ? (double)answered : 1) * b->about.lines;
	double user, kernel;
	const char *comma = "";

	for (unsigned i = 0; i < b->usage.count; i++) {
		if (!usage_leads(&b->usage, i))
			continue;
		usage_between(
		    &b->usage, i, &b->before, after, &user, &kernel);
		if (b->o.json)
			(void)printf("%s\"%s\":[%.2f,%.2f]", comma,
			    b->usage.list[i].name, user / n, kernel / n);
		else if (user + kernel > 0)
			(void)printf("  %-8s %7.1f us a question (%.1f of it "
			    "in the kernel)\n", b->usage.list[i].name,
			    (user + kernel) / n, kernel / n);
		comma = ",";
	}
}

static const char *mode(const struct round *b)
{
	return b->about.sealed ? "sealed" : "plain";
}

/* Questions a second, whatever came together. */
static double rate(const struct round *b, const struct load_result *r)
{
	return (double)(r->answered * b->about.lines) / r->seconds;
}

static void say_json(const struct round *b, struct load_result *r,
    const struct usage_times *after)
{
	double n = r->answered ? (double)r->answered : 1;

	(void)printf("{\"server\":\"%s\",\"mode\":\"%s\",\"bundle\":%u,\"live\":%s,"
	    "\"pace\":%llu,\"connections\":%llu,\"answered\":%zu,\"seconds\":%.3f,"
	    "\"rate\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"wrong\":%zu,"
	    "\"lost\":%zu,\"refused\":%zu,\"unsigned\":%zu,\"checked\":%zu,"
	    "\"failed\":%zu,\"covered\":%zu,\"head\":%.0f,\"body\":%.0f,"
	    "\"make_us\":%.1f,\"others\":%.2f,"
	    "\"stolen\":%.2f,\"cpu_us\":{",
	    b->at_home ? "lock" : "static", mode(b), b->about.lines,
	    b->o.live ? "true" : "false", (unsigned long long)b->o.pace,
	    (unsigned long long)b->o.connections, r->answered, r->seconds,
	    rate(b, r), spread_at(&r->us, 0.5) / 1e3,
	    spread_at(&r->us, 0.99) / 1e3, r->wrong, r->lost,
	    b->tally.refused, b->tally.unsigned_answers, b->tally.checked,
	    b->tally.failed, b->tally.covered,
	    (double)b->tally.head_bytes / n, (double)b->tally.body_bytes / n,
	    b->make_us,
	    usage_others(&b->usage, &b->before, after, r->seconds),
	    (after->stolen_us - b->before.stolen_us) / 1e6 / r->seconds);
	say_usage(b, after, r->answered);
	(void)printf("}}\n");
}

static void say_text(const struct round *b, struct load_result *r,
    const struct usage_times *after)
{
	(void)printf("\n%s, %s, %llu connections%s%s\n"
	    "  %zu answers in %.2f s: %.0f questions a second; p50 %.2f "
	    "ms, p99 %.2f ms\n", b->at_home ? "the lock" : "static server", mode(b),
	    (unsigned long long)b->o.connections,
	    b->o.live ? ", signed while asking" : "",
	    b->o.pace && b->at_home ? ", at a pace" : "", r->answered, r->seconds,
	    rate(b, r), spread_at(&r->us, 0.5) / 1e3,
	    spread_at(&r->us, 0.99) / 1e3);
	if (b->at_home)
		(void)printf("  refused %zu, unsigned %zu, connections lost "
		    "%zu; checked %zu: %zu false, %zu covered\n",
		    b->tally.refused, b->tally.unsigned_answers, r->lost,
		    b->tally.checked, b->tally.failed, b->tally.covered);
	say_usage(b, after, r->answered);
	(void)printf("  others   %7.2f cores, interrupts with them\n",
	    usage_others(&b->usage, &b->before, after, r->seconds));
}

/* --- phases --- */

/* Sends count prepared (or live) questions; true if all were answered. */
static bool phase(struct round *b, const struct tls_door *door, bool at_home,
    size_t count, bool say)
{
	struct load l = {.door = door, .next = next, .judge = judge,
	    .begin = begin, .ctx = b, .questions = count,
	    .connections = (unsigned)b->o.connections,
	    .per_second = at_home ? (double)b->o.pace : 0, .seed = b->o.seed,
	    .seconds = (double)b->o.seconds};
	struct usage_times after;
	struct load_result r;
	bool good;

	b->tally = (struct round_tally){0};
	b->at_home = at_home;
	load_run(&l, &r);
	usage_read(&b->usage, &after);
	if (say && b->o.json)
		say_json(b, &r, &after);
	else if (say)
		say_text(b, &r, &after);
	(void)fflush(stdout);
	good = r.wrong == 0 && r.lost == 0 &&
	    (r.answered == count || b->o.seconds > 0);
	spread_release(&r.us);
	return good;
}

/* New connections, and what one costs. */
static bool open_doors(struct round *b, struct tls_door *door)
{
	struct doors d = {.door = door, .authority = b->about.authority,
	    .together = (unsigned)b->o.connections, .count = b->o.doors};
	struct usage_times after;
	struct doors_result r;
	bool good;

	if (b->o.certificate)
		tls_door_certificate(
		    door, b->o.certificate, b->o.certificate_key);
	usage_read(&b->usage, &b->before);
	doors_run(&d, &r);
	usage_read(&b->usage, &after);
	(void)printf(b->o.json ? "{\"server\":\"doors\",\"certificate\":%s,"
	    "\"opened\":%zu,\"refused\":%zu,\"rate\":%.1f,\"p50_ms\":%.3f,"
	    "\"p99_ms\":%.3f,\"cpu_us\":{" : "\nnew connections, client's "
	    "certificate: %s\n  opened %zu, refused %zu, %.0f a second; p50 "
	    "%.2f ms, p99 %.2f ms\n", b->o.certificate ? "true" : "false",
	    r.opened, r.refused, (double)r.opened / r.seconds,
	    spread_at(&r.us, 0.5) / 1e3, spread_at(&r.us, 0.99) / 1e3);
	say_usage(b, &after, r.opened);
	(void)fputs(b->o.json ? "}}\n" : "", stdout);
	good = r.opened == d.count;
	spread_release(&r.us);
	return good;
}

bool round_run(struct round *b)
{
	const struct round_options *o = &b->o;
	char elsewhere[LIMIT_AUTHORITY + 1];
	struct tls_door *home = tls_door_new(o->url ? o->url : b->pin.url,
	    buf_span(&b->pin.ca), b->about.authority,
	    sizeof(b->about.authority));
	struct tls_door *beside = o->beside ? tls_door_new(o->beside,
	    buf_span(&b->pin.ca), elsewhere, sizeof(elsewhere)) : NULL;
	bool good = true;

	b->first = o->skip;
	if (o->doors > 0) {
		good = open_doors(b, home);
		tls_door_free(home);
		tls_door_free(beside);
		return good;
	}
	if (o->warmup > 0) {
		prepare(b, o->warmup);
		good = phase(b, home, true, o->warmup, false);
		forget(b);
	}
	prepare(b, o->questions);
	if (beside)
		good = phase(b, beside, false, o->questions * BESIDE_TIMES,
			   true) && good;
	good = phase(b, home, true, o->questions, true) && good;
	forget(b);
	tls_door_free(home);
	tls_door_free(beside);
	return good;
}
