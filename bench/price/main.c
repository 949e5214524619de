/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What pricing costs: bench-price RULES CONTRACTS_FOLDER. Lines a second on
 * one core, by processor time, with and without the explanation, among 10 and
 * among 10,000 contracts; the JSON around it apart. Baseline of the same run:
 * the division that one rate costs, as ratio.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/file.h"
#include "base/limits.h"
#include "lib/machine.h"
#include "price/inquiry.h"

#define ASKS 4096
#define LINES 3
#define SECONDS 1.0
#define FEW 10
#define MANY 10000

struct world {
	struct rules *rules;
	struct contract *contracts[MANY];
	struct price_plan *plans[MANY];
	struct price_ask *asks;
	uint32_t seed;
};

static double seconds(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t))
		abort();
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint32_t roll(struct world *w, uint32_t n)
{
	w->seed = w->seed * 1664525u + 1013904223u;
	return (w->seed >> 8) % n;
}

static void load(struct world *w, const char *rules, const char *folder)
{
	static const char *const names[FEW] = {"basic", "comfort", "generous",
	    "family", "senior", "network", "waiting", "hospital", "above",
	    "second"};
	static struct buf texts[FEW];
	struct rules_fault fault;

	if (rules_load(rules, &w->rules, &fault)) {
		(void)fprintf(stderr, "%s\n", fault.words);
		exit(1);
	}
	for (size_t i = 0; i < FEW; i++) {
		char path[4096];

		(void)snprintf(path, sizeof(path), "%s/%s.contract", folder,
		    names[i]);
		buf_init(&texts[i], CONTRACT_MOST);
		if (file_read(path, &texts[i])) {
			(void)fprintf(stderr, "%s\n", path);
			exit(1);
		}
	}
	/* each is read by itself: no two share a line of memory */
	for (size_t i = 0; i < MANY; i++) {
		struct contract_fault why;

		if (contract_read(buf_span(&texts[i % FEW]), w->rules,
		    &w->contracts[i], &why) || price_plan_new(
		    w->contracts[i], w->rules, &w->plans[i])) {
			(void)fprintf(stderr, "%s: %s\n", names[i % FEW],
			    why.words);
			exit(1);
		}
	}
	for (size_t i = 0; i < FEW; i++)
		buf_release(&texts[i]);
}

static void invent(struct world *w)
{
	size_t count;
	const struct rules_act *acts = rules_acts(w->rules, &count);

	w->asks = calloc(ASKS, sizeof(*w->asks));
	if (!w->asks)
		exit(1);
	for (size_t i = 0; i < ASKS; i++) {
		struct price_ask *a = &w->asks[i];

		a->day = 20089;		/* 1 January 2025 */
		a->line_count = LINES;
		for (unsigned k = 0; k < LINES; k++) {
			struct price_line *l = &a->lines[k];

			do
				l->act = &acts[roll(w, (uint32_t)count)];
			while (a->day > l->act->to_day ||
			    a->day < l->act->from_day);
			l->n = k + 1;
			l->quantity = 1;
			l->price = money_of(100 + roll(w, 50000));
			l->has_base = !rules_on(l->act->base, a->day);
			l->base = money_of(100 + roll(w, 20000));
			l->optam = CONTRACT_YES;
		}
	}
}

/* Lines a second over so many contracts. */
static double rate(struct world *w, size_t plans, bool explain)
{
	static struct price_result result;
	struct price_fault fault;
	double began = seconds(), now = began;
	size_t done = 0, at = 0;

	while (now - began < SECONDS) {
		for (int i = 0; i < 1000; i++, at++)
			if (price(w->plans[at % plans], &w->asks[at % ASKS],
			    explain, &result, &fault)) {
				(void)fprintf(stderr, "%s: %s\n", fault.field,
				    fault.words);
				exit(1);
			}
		done += 1000 * LINES;
		now = seconds();
	}
	return (double)done / (now - began);
}

static const char wire[] = "{\"id\":\"1\",\"date\":\"2025-01-01\","
    "\"contract\":\"BASIC\",\"lines\":[{\"n\":1,\"act\":\"G\",\"price\":"
    "\"30.00\"},{\"n\":2,\"act\":\"PH7\",\"price\":\"3.29\"},{\"n\":3,"
    "\"act\":\"M03\",\"price\":\"150.00\",\"class\":\"B\"}]}";

/* The same through JSON, in and out. */
static double through_json(struct world *w, bool explain)
{
	static struct inquiry q;
	static struct price_result result;
	struct json_token *tokens = calloc(LIMIT_JSON_TOKENS, sizeof(*tokens));
	struct inquiry_fault wrong;
	struct price_fault fault;
	double began = seconds(), now = began;
	size_t done = 0;
	struct buf out;

	if (!tokens)
		exit(1);
	buf_init(&out, 1u << 20);
	while (now - began < SECONDS) {
		for (int i = 0; i < 100; i++) {
			buf_clear(&out);
			if (inquiry_read(span_str(wire), w->rules, tokens, &q,
				&wrong) || price(w->plans[0], &q.ask, explain,
				&result, &fault))
				exit(1);
			inquiry_answer(&q, &result, explain, &out);
		}
		done += 100 * LINES;
		now = seconds();
	}
	buf_release(&out);
	free(tokens);
	return (double)done / (now - began);
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
	load(&w, argv[1], argv[2]);
	invent(&w);
	base = baseline(&w);
	(void)printf("seed 1, %d lines a request, processor time of one "
	    "core\n", LINES);
	(void)printf("%-34s %12.0f lines/s  1\n", "one rate, rounded", base);
	for (int explain = 0; explain < 2; explain++) {
		double few = rate(&w, FEW, explain);
		double many = rate(&w, MANY, explain);

		(void)printf("%-34s %12.0f lines/s  %.3f\n", explain ?
		    "explained, 10 contracts" : "10 contracts", few,
		    few / base);
		(void)printf("%-34s %12.0f lines/s  %.3f\n", explain ?
		    "explained, 10,000 contracts" : "10,000 contracts", many,
		    many / base);
	}
	for (int explain = 0; explain < 2; explain++) {
		double r = through_json(&w, explain);

		(void)printf("%-34s %12.0f lines/s  %.3f\n", explain ?
		    "JSON in and out, explained" : "JSON in and out", r,
		    r / base);
	}
	return 0;
}
