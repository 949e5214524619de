/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What pricing costs: bench-price RULES CONTRACTS_FOLDER. Lines of acts a
 * second on one core, by processor time, with and without the explanation,
 * among 10 and among 10,000 contracts: of the bare engine, and of JSON in and
 * out as `ecluse price` reads and writes it. Few and many take turns of some
 * milliseconds, so that what else the machine does hits both alike; the ratio
 * is many to few. Contracts come one after the other, and in an order in which
 * each is a wait for memory that nothing could bring sooner. Baseline of the same run: the division that one rate costs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/file.h"
#include "cli/pricing.h"

#define ASKS 4096
#define LINES 3
#define SECONDS 1.0	/* of each of two that are compared */
#define FEW 10
#define MANY 10000
#define TURN 500	/* requests */
#define WIRE 640	/* bytes of a request's JSON */

/* One set of contracts, codes K00000 on, and what it took. */
struct set {
	struct pricing pricing;
	const struct price_plan *plans[MANY];	/* of K00000 on */
	size_t count;
	double seconds;
	size_t lines;
};

struct world {
	struct set few, many;
	struct price_ask *asks;
	char (*wires)[WIRE];	/* the same requests as JSON */
	struct buf out;
	size_t at;
	bool ordered;		/* contracts one after the other */
	uint32_t seed;
};

static double seconds(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t))
		abort();
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static _Noreturn void stop(const char *field, const char *words)
{
	(void)fprintf(stderr, "%s: %s\n", field, words);
	exit(1);
}

static uint32_t roll(struct world *w, uint32_t n)
{
	w->seed = w->seed * 1664525u + 1013904223u;
	return (w->seed >> 8) % n;
}

/* A contract's text under another code, which its first line holds. */
static void renamed(const struct buf *text, size_t nth, struct buf *ret)
{
	const uint8_t *word = memmem(text->p, text->n, "\ncontract ", 10);
	const uint8_t *end = word ? memchr(word + 1, '\n', text->n - 1 -
	    (size_t)(word - text->p)) : NULL;

	if (!end)
		stop("contract", "its first line was not found");
	buf_printf(ret, "contract K%05zu", nth);
	buf_put(ret, end, text->n - (size_t)(end - text->p));
}

static void load(struct set *s, const char *rules, const char *folder,
    size_t count)
{
	static const char *const names[FEW] = {"basic", "comfort", "generous",
	    "family", "senior", "network", "waiting", "hospital", "above",
	    "second"};
	struct span *texts = calloc(count, sizeof(*texts));
	struct buf *made = calloc(count, sizeof(*made));
	const struct pricing_from from = {.rules = rules, .folder = folder};

	if (!texts || !made || pricing_load(&s->pricing, &from))
		stop(folder, "was not loaded");
	for (size_t i = 0; i < count; i++) {
		struct buf text;
		char path[4096];

		(void)snprintf(path, sizeof(path), "%s/%s.contract", folder,
		    names[i % FEW]);
		buf_init(&text, CONTRACT_MOST);
		buf_init(&made[i], CONTRACT_MOST);
		if (file_read(path, &text))
			stop(path, "cannot be read");
		renamed(&text, i, &made[i]);
		texts[i] = buf_span(&made[i]);
		buf_release(&text);
	}
	/* each is read by itself: no two share a line of memory */
	if (tariffs_texts(&s->pricing.tariffs, folder, texts, count))
		stop(folder, "was not read");
	for (size_t i = 0; i < count; i++) {
		const struct tariffs *t = &s->pricing.tariffs;

		s->plans[i] = t->list[t->count - count + i].plan;
		buf_release(&made[i]);
	}
	s->count = count;
	free(made);
	free(texts);
}

static void invent_line(struct world *w, struct price_line *l, int32_t day)
{
	size_t count;
	const struct rules_act *acts =
	    rules_acts(w->few.pricing.tariffs.rules, &count);

	do
		l->act = &acts[roll(w, (uint32_t)count)];
	while (day > l->act->to_day || day < l->act->from_day);
	l->quantity = 1;
	l->price = money_of(100 + roll(w, 50000));
	l->has_base = !rules_on(l->act->base, day);
	l->base = money_of(100 + roll(w, 20000));
	l->optam = CONTRACT_YES;
}

static void invent(struct world *w)
{
	w->asks = calloc(ASKS, sizeof(*w->asks));
	w->wires = calloc(ASKS, WIRE);
	if (!w->asks || !w->wires)
		stop("requests", "no memory");
	for (size_t i = 0; i < ASKS; i++) {
		struct price_ask *a = &w->asks[i];
		char *out = w->wires[i];
		size_t n = (size_t)snprintf(out, WIRE, "{\"id\":\"%zu\",\"date\":"
		    "\"2025-01-01\",\"contract\":\"K00000\",\"lines\":[", i);

		a->day = 20089;		/* 1 January 2025 */
		a->line_count = LINES;
		for (unsigned k = 0; k < LINES; k++) {
			struct price_line *l = &a->lines[k];
			char price[MONEY_TEXT], base[MONEY_TEXT];

			invent_line(w, l, a->day);
			l->n = k + 1;
			money_format(l->price, price);
			money_format(l->base, base);
			n += (size_t)snprintf(out + n, WIRE - n, "%s{\"n\":%u,"
			    "\"act\":\"%s\",\"price\":\"%s\",\"optam\":true%s%s%s}",
			    k ? "," : "", k + 1, l->act->code, price,
			    l->has_base ? ",\"base\":\"" : "",
			    l->has_base ? base : "", l->has_base ? "\"" : "");
		}
		n += (size_t)snprintf(out + n, WIRE - n, "]}");
		if (n >= WIRE)
			stop("requests", "longer than WIRE");
	}
}

/* --- one request --- */

typedef void once(struct world *w, struct set *s, bool explain);

/* One contract after the other, or in an order that no cache can guess. */
static size_t picked(const struct world *w, const struct set *s)
{
	return w->at * (w->ordered ? 1 : 7919) % s->count;
}

static void bare(struct world *w, struct set *s, bool explain)
{
	struct price_fault fault = {0, "", ""};

	if (price(s->plans[picked(w, s)], &w->asks[w->at % ASKS], explain,
	    &s->pricing.result, &fault))
		stop(fault.field, fault.words);
}

static void through_json(struct world *w, struct set *s, bool explain)
{
	char *text = w->wires[w->at % ASKS];
	struct pricing *p = &s->pricing;

	size_t nth = picked(w, s);

	for (char *digit = strstr(text, "\"K") + 6; digit[0] != 'K'; digit--) {
		*digit = (char)('0' + nth % 10);
		nth /= 10;
	}
	if (pricing_line(p, span_str(text), explain))
		stop(p->field, p->words);
	inquiry_answer(&p->inquiry, &p->result, explain, &w->out);
	buf_clear(&w->out);
}

/* --- rates --- */

static void turn(struct world *w, struct set *s, once *one, bool explain)
{
	double began = seconds();

	for (int i = 0; i < TURN; i++, w->at++)
		one(w, s, explain);
	s->lines += TURN * LINES;
	s->seconds += seconds() - began;
}

static void compare(
    struct world *w, const char *what, once *one, bool explain, double base)
{
	double few, many;

	w->few.seconds = w->many.seconds = 0;
	w->few.lines = w->many.lines = w->at = 0;
	while (w->few.seconds < SECONDS) {
		turn(w, &w->few, one, explain);
		turn(w, &w->many, one, explain);
	}
	few = (double)w->few.lines / w->few.seconds;
	many = (double)w->many.lines / w->many.seconds;
	(void)printf("%-28s %10.0f lines/s  %.3f   10,000: %10.0f  "
	    "of 10: %.2f\n", what, few, few / base, many, many / few);
}

/* One rate and its rounding, a line: what no engine can do without. */
static double baseline(struct world *w)
{
	double began = seconds(), now = began;
	size_t done = 0;
	volatile int64_t sum = 0;

	while (now - began < SECONDS) {
		for (size_t i = 0; i < ASKS; i++)
			sum = sum + money_rate(w->asks[i].lines[0].price,
			    7000).cents;
		done += ASKS;
		now = seconds();
	}
	return (double)done / (now - began);
}

int main(int argc, char **argv)
{
	static struct world w = {.seed = 1};
	double base;

	if (argc != 3) {
		(void)fprintf(stderr, "usage: bench-price RULES CONTRACTS\n");
		return 2;
	}
	load(&w.few, argv[1], argv[2], FEW);
	load(&w.many, argv[1], argv[2], MANY);
	invent(&w);
	buf_init(&w.out, 1u << 20);
	base = baseline(&w);
	(void)printf("seed 1, %d lines a request, processor time of one "
	    "core\n", LINES);
	(void)printf("%-28s %10.0f lines/s  1\n", "one rate, rounded", base);
	w.ordered = true;
	compare(&w, "engine, one after the other", bare, false, base);
	compare(&w, "JSON, one after the other", through_json, false, base);
	w.ordered = false;
	compare(&w, "engine, any order", bare, false, base);
	compare(&w, "engine, explained", bare, true, base);
	compare(&w, "JSON in and out", through_json, false, base);
	compare(&w, "JSON in and out, explained", through_json, true, base);
	buf_release(&w.out);
	pricing_release(&w.few.pricing);
	pricing_release(&w.many.pricing);
	free(w.asks);
	free(w.wires);
	return 0;
}
