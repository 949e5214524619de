/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data rows: one of the eight files of data/rules beside seven small ones,
 * professions.csv, wide.csv, identifiers.conf. Nothing is passed over and
 * nothing is guessed: each line that is no comment is one row, each field of
 * it stands in the row, and pricing finds the row on its first day and on its
 * last.
 */
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/csv.h"
#include "base/date.h"
#include "base/file.h"
#include "folder.h"
#include "fuzz.h"
#include "guard/figures.h"
#include "ids/severity.h"
#include "rules/diff.h"

#define FIELDS 16
#define LINE_MOST 65536
#define TAIL ";2000-01-01;;yes;x\n"

/* acts.csv, then the tables as enum rules_table has them. */
static const struct table {
	const char *name, *text;	/* text: when another one is read */
} tables[] = {
	{"acts.csv", "act;family;domain;class;lens;label_fr;label_en;from;to;"
	    "confirmed;source\nG;consultation;MED;;;Visite;Visit" TAIL},
	{"bases.csv", "act;zone;case;base;from;to;confirmed;source\n"},
	{"rates.csv", "family;case;rate;from;to;confirmed;source\n"
	    "consultation;normal;70%" TAIL},
	{"exemptions.csv", "exemption;family;rate;participation;from;to;"
	    "confirmed;source\nald;*;100%;yes" TAIL},
	{"participations.csv", "family;age;participation;day_cap;year_cap;"
	    "from;to;confirmed;source\n"},
	{"limits.csv", "act;zone;age;limit;from;to;confirmed;source\n"},
	{"renewals.csv", "equipment;age;months;from;to;confirmed;source\n"},
	{"responsible.csv", "rule;case;figure;from;to;confirmed;source\n"},
};

/* --- the rows as they stand in the text --- */

struct line {
	char copy[LINE_MOST];
	struct span fields[FIELDS];
	size_t count;
};

static bool is_row(struct span line)
{
	return line.n > 0 && line.p[0] != '#';
}

static struct span next_line(struct span *in)
{
	struct span line = line_of(in);

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

/* Lines that are no comment but for the head. */
static size_t rows_of(struct span in)
{
	size_t n = 0;

	while (in.n > 0)
		n += is_row(next_line(&in));
	return n - 1;
}

/* The line of that number, from 1, split. */
static void split(struct span in, uint32_t number, struct line *ret)
{
	struct span line = span_of(NULL, 0);

	for (; number > 0; number--) {
		must(in.n > 0);
		line = next_line(&in);
	}
	must(is_row(line) && line.n <= LINE_MOST);
	memcpy(ret->copy, line.p, line.n);
	must(csv_split(ret->copy, line.n, ';', ret->fields, FIELDS,
	    &ret->count) == ERR_OK);
}

/* --- data/rules --- */

/* Links to files in memory: a disk would be waited for. */
static int files[sizeof(tables) / sizeof(tables[0])];

static void put(unsigned nth, struct span text)
{
	must(ftruncate(files[nth], 0) == 0);
	must(pwrite(files[nth], text.p, text.n, 0) == (ssize_t)text.n);
}

static void make_folder(void)
{
	static bool made;
	char path[PATH_MAX], file[64];

	if (made)
		return;
	made = true;
	for (unsigned i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		files[i] = memfd_create(tables[i].name, MFD_CLOEXEC);
		must(files[i] >= 0);
		(void)snprintf(file, sizeof(file), "/proc/self/fd/%d",
		    files[i]);
		(void)snprintf(path, sizeof(path), "%s/%s", folder(),
		    tables[i].name);
		must(symlink(file, path) == 0);
		put(i, span_str(tables[i].text));
	}
}

/* The four columns behind the others. */
static void tail(const struct line *l, int32_t from, int32_t to,
    bool confirmed, const char *source)
{
	const struct span *t = &l->fields[l->count - 4];
	char text[DATE_TEXT_SIZE];

	date_format(from, text);
	must(span_is(t[0], text) && from <= to);
	if (to != RULES_NO_END)
		date_format(to, text);
	must(to == RULES_NO_END ? t[1].n == 0 : span_is(t[1], text));
	must(span_is(t[2], confirmed ? "yes" : "no"));
	must(source[0] && span_is(t[3], source));
}

/* The text says this many cents: at most two digits behind a point. */
static bool says(struct span s, int64_t cents)
{
	int64_t v = 0;
	size_t i = 0, behind = 0;

	for (; i < s.n && s.p[i] != '.'; i++)
		v = v * 10 + (s.p[i] - '0');
	for (i++; i < s.n; i++, behind++)
		v = v * 10 + (s.p[i] - '0');
	for (; behind < 2; behind++)
		v *= 10;
	return s.n > 0 && v == cents;
}

static bool says_rate(struct span s, int64_t value)
{
	if (s.n == 0 || s.p[s.n - 1] != '%')
		return false;
	s.n -= s.n > 1 && s.p[s.n - 2] == ' ' ? 2u : 1u;
	return says(s, value);
}

static void value(const struct line *l, enum rules_table t,
    const struct rules_fact *f, size_t at)
{
	struct span s = l->fields[at];
	char text[MONEY_TEXT];
	struct money m;
	uint32_t rate;

	rules_value(t, f, text);
	if (t == RULES_RENEWALS) {
		must(span_is(s, text));
	} else if (t == RULES_RATES || t == RULES_EXEMPTIONS || f->rate) {
		must(says_rate(s, f->value) && f->value <= MONEY_WHOLE);
		must(!money_parse_rate(span_str(text), &rate) &&
		    rate == f->value);
	} else {
		must(says(s, f->value) && f->value <= RULES_MOST);
		must(!money_parse(span_str(text), &m) && m.cents == f->value);
	}
	if (t == RULES_EXEMPTIONS)
		must(span_is(l->fields[at + 1], f->participation ? "yes" :
		    "no"));
	if (t != RULES_PARTICIPATIONS)
		return;
	s = l->fields[at + 1];
	must(f->day_cap ? says(s, f->day_cap) : s.n == 0);
	s = l->fields[at + 2];
	must(f->year_cap ? says(s, f->year_cap) : s.n == 0);
}

static void fact(const struct rules *r, enum rules_table t, struct span in,
    const struct rules_fact *f)
{
	struct line l;
	char key[RULES_KEY] = "";
	size_t keys = 1, n = 0;

	split(in, f->line, &l);
	for (const char *p = f->key; *p; p++)
		keys += *p == '/';
	for (size_t i = 0; i < keys; i++)
		n += (size_t)snprintf(key + n, sizeof(key) - n, "%s%.*s",
		    i ? "/" : "", (int)l.fields[i].n,
		    (const char *)l.fields[i].p);
	switch (t) {
	case RULES_BASES:
		met("bases");
		break;
	case RULES_RATES:
		met("rates");
		break;
	case RULES_EXEMPTIONS:
		met("exemptions");
		break;
	case RULES_PARTICIPATIONS:
		met("participations");
		break;
	case RULES_LIMITS:
		met("limits");
		break;
	case RULES_RENEWALS:
		met("renewals");
		break;
	default:
		met("what a responsible contract keeps to");
	}
	must(strcmp(key, f->key) == 0);
	value(&l, t, f, keys);
	tail(&l, f->from_day, f->to_day, f->confirmed, f->source);
	must(rules_find(r, t, f->key, f->from_day) == f);
	must(rules_find(r, t, f->key, f->to_day) == f);
	must(rules_find(r, t, f->key, f->from_day - 1) != f);
}

static void act(const struct rules *r, struct span in,
    const struct rules_act *a)
{
	static const char *const classes[] = {"", "A", "B", "moderate"};
	static const char *const lenses[] = {"", "simple", "complex", "very"};
	struct line l;

	split(in, a->line, &l);
	must(span_is(l.fields[0], a->code) && span_is(l.fields[1], a->family));
	met("acts");
	must(span_is(l.fields[2], a->domain));
	must(span_is(l.fields[3], classes[a->class]));
	must(span_is(l.fields[4], lenses[a->lens]));
	must(span_is(l.fields[5], a->label_fr));
	must(span_is(l.fields[6], a->label_en));
	tail(&l, a->from_day, a->to_day, a->confirmed, a->source);
	must(rules_act(r, span_str(a->code), a->from_day) == a);
	must(rules_act(r, span_str(a->code), a->to_day) == a);
}

static void count(void *ctx, bool error, const char *words)
{
	must(words[0]);
	*(unsigned *)ctx += error;
}

static void changed(void *ctx, const struct rules_change *c)
{
	must(c->before || c->after);
	must(c->before != c->after);
	must(rules_touched(ctx, c) <= RULES_ACTS);
}

/* Every row of the table that was read, against its line. */
static void all_of(const struct rules *r, unsigned nth, struct span in)
{
	unsigned errors = 0;
	size_t n;

	if (nth == 0) {
		const struct rules_act *acts = rules_acts(r, &n);

		for (size_t i = 0; i < n; i++)
			act(r, in, &acts[i]);
	} else {
		enum rules_table t = (enum rules_table)(nth - 1);
		const struct rules_fact *all = rules_all(r, t, &n);

		for (size_t i = 0; i < n; i++)
			fact(r, t, in, &all[i]);
	}
	must(n == rows_of(in));
	must(rules_check(r, count, &errors) == errors);
	(void)rules_diff(r, 16000, 20780, changed, (void *)(uintptr_t)r);
}

static void rules(struct span in, unsigned nth)
{
	const char *name = tables[nth].name;
	struct rules_fault fault;
	struct rules *r = NULL;

	make_folder();
	put(nth, in);
	if (rules_load(folder(), &r, &fault) == ERR_OK)
		all_of(r, nth, in);
	else
		must(!r && strncmp(fault.words, name, strlen(name)) == 0);
	rules_free(r);
	put(nth, span_str(tables[nth].text));
}

/* --- budgets and identifiers --- */

static void number(struct span s, uint32_t v)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u", v);
	must(span_is(s, text));
}

/* The line of the nth row (from 0) behind the head. */
static uint32_t line_of_row(struct span in, size_t nth)
{
	uint32_t number = 0;

	for (nth += 2; nth > 0; number++)
		nth -= is_row(next_line(&in));
	return number;
}

static void professions(struct span in)
{
	struct figures_professions all = {0};
	struct figures_fault fault = {0};
	struct line l;

	if (figures_read_professions(in, &all, &fault) != ERR_OK) {
		must(fault.words[0] && all.count == 0);
		return;
	}
	if (all.count > 0)
		met("professions");
	must(all.count == rows_of(in));
	for (uint32_t i = 0; i < all.count; i++) {
		const struct figures_profession *p = &all.rows[i];
		size_t domains = p->domain_count - 1u;

		split(in, line_of_row(in, i), &l);
		must(span_is(l.fields[0], p->code));
		for (unsigned k = 0; k < p->domain_count; k++)
			domains += strlen(p->domains[k]);
		must(domains == l.fields[3].n);
		for (unsigned k = 0; k < GUARD_KINDS; k++)
			number(l.fields[4 + k], p->figures.of[k]);
		must(span_is(l.fields[10], p->confirmed ? "yes" : "no"));
		must(figures_profession(&all, span_str(p->code)) == p);
	}
}

static void shared(struct span in)
{
	struct figures_shareds all = {0};
	struct figures_fault fault = {0};
	struct line l;

	if (figures_read_shared(in, &all, &fault) != ERR_OK) {
		must(fault.words[0] && all.count == 0);
		return;
	}
	if (all.count > 0)
		met("shared figures");
	must(all.count == rows_of(in));
	for (uint32_t i = 0; i < all.count; i++) {
		const struct figures_shared *s = &all.rows[i];

		split(in, line_of_row(in, i), &l);
		must(span_is(l.fields[1], s->code));
		number(l.fields[2], s->floor24);
		number(l.fields[3], s->each24);
		number(l.fields[4], s->floor30);
		number(l.fields[5], s->each30);
		must(span_is(l.fields[6], s->confirmed ? "yes" : "no"));
		must(figures_shared(&all, s->scope, span_str(s->code)) == s);
	}
}

/* Read over other gravities it says the same; refused it changes nothing. */
static void severities(struct span in)
{
	struct severity_table was = severity_defaults(), t = was, u;
	unsigned line = 0;

	if (severity_read(in, &t, &line) != ERR_OK) {
		must(line > 0 && memcmp(&t, &was, sizeof(t)) == 0);
		return;
	}
	met("gravities");
	for (unsigned k = 0; k < IDS_KINDS; k++)
		for (unsigned f = 0; f < IDS_FINDINGS; f++)
			if (was.of[k][f] == SEVERITY_NONE)
				must(t.of[k][f] == SEVERITY_NONE);
	u = t;
	must(severity_read(in, &u, &line) == ERR_OK);
	must(memcmp(&t, &u, sizeof(t)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span in = span_of(p, n);
	unsigned which = choose(&in, 11);

	if (which < 8)
		rules(in, which);
	else if (which == 8)
		professions(in);
	else if (which == 9)
		shared(in);
	else
		severities(in);
	return 0;
}
