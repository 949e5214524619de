/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule that changes with a past date: the requests that were priced before
 * it came, priced again, and those whose amounts are no longer the same.
 */
#include <stdio.h>
#include <string.h>
#include "base/date.h"
#include "cli/data_altered.h"
#include "cli/pricing.h"
#include "cli/say.h"
#include "json/write.h"
#include "lang/lang.h"
#include "lang/option.h"

static const char help[] =
"Usage: ecluse data altered --against FOLDER [OPTION…] [FILE]\n"
"\n"
"Prices each request of FILE (standard input without one; lines as `ecluse\n"
"price` takes them) with two sets of rules, and lists those whose amounts\n"
"differ, one JSON object a request, only with the lines that differ. For a rule\n"
"that came late: which priced lines it would have altered, and by how much.\n"
"\n"
"  {\"id\",\"date\",\"contract\",\"lines\":[{\"n\",\"act\",\"before\":{\"amo\",\n"
"   \"participation\",\"amc\",\"remainder\"},\"after\":{…}}],\n"
"   \"amc\":{\"before\",\"after\"},\"remainder\":{\"before\",\"after\"}}\n"
"\n"
"How many differ, and by how much the mutuelles' share differs in all, is told\n"
"at the end, on standard error.\n"
"\n"
"  --against FOLDER    the rules as they were when the lines were priced\n"
"  --rules FOLDER      the rules as they are now (default: data/rules)\n"
"  --contract FILE     a contract; may be repeated\n"
"  --contracts FOLDER  every *.contract of a folder (default: data/contracts)\n"
"  --help              this text\n"
"\n"
"Exit status: 0 compared, 1 a request could not be priced by one of the two\n"
"(it is listed with its error), 2 wrong usage, 5 input or output failed.\n"
"\n"
"  $ ecluse data altered --against rules.january questions.ndjson\n"
"  {\"id\":\"7\",\"date\":\"2026-03-02\",\"contract\":\"BASIC\",\"lines\":[{\"n\":1,…\n";

struct run {
	struct pricing before, after;	/* large: room for 64 lines each */
	struct buf out;
	uint64_t asked, altered, faults;
	int64_t cents;		/* the mutuelles' share, after less before */
};

static void amount(struct json_writer *w, const char *name, struct money m)
{
	char text[MONEY_TEXT];

	money_format(m, text);
	json_write_pair(w, name, text);
}

static void pair(struct json_writer *w, const char *name, struct money before,
    struct money after)
{
	json_write_name(w, name);
	json_write_begin(w, '{');
	amount(w, "before", before);
	amount(w, "after", after);
	json_write_end(w, '}');
}

static void share(struct json_writer *w, const char *name,
    const struct price_share *s)
{
	json_write_name(w, name);
	json_write_begin(w, '{');
	amount(w, "amo", s->amo);
	amount(w, "participation", s->participation);
	amount(w, "amc", s->amc);
	amount(w, "remainder", s->remainder);
	json_write_end(w, '}');
}

static bool same(const struct price_share *a, const struct price_share *b)
{
	return a->amo.cents == b->amo.cents && a->amc.cents == b->amc.cents &&
	    a->participation.cents == b->participation.cents &&
	    a->remainder.cents == b->remainder.cents;
}

static bool any_differs(const struct run *r)
{
	for (unsigned i = 0; i < r->after.inquiry.ask.line_count; i++)
		if (!same(&r->before.result.shares[i],
			&r->after.result.shares[i]))
			return true;
	return false;
}

static void put_lines(struct run *r, struct json_writer *w)
{
	const struct price_ask *ask = &r->after.inquiry.ask;

	json_write_name(w, "lines");
	json_write_begin(w, '[');
	for (unsigned i = 0; i < ask->line_count; i++) {
		const struct price_share *b = &r->before.result.shares[i];
		const struct price_share *a = &r->after.result.shares[i];

		if (same(b, a))
			continue;
		json_write_begin(w, '{');
		json_write_name(w, "n");
		json_write_int(w, ask->lines[i].n);
		json_write_pair(w, "act", ask->lines[i].act->code);
		share(w, "before", b);
		share(w, "after", a);
		json_write_end(w, '}');
	}
	json_write_end(w, ']');
}

static void put_altered(struct run *r)
{
	const struct inquiry *q = &r->after.inquiry;
	const struct price_result *b = &r->before.result;
	const struct price_result *a = &r->after.result;
	struct json_writer w = json_writer_of(&r->out);
	char day[DATE_TEXT_SIZE];

	date_format(q->ask.day, day);
	json_write_begin(&w, '{');
	json_write_pair(&w, "id", q->id);
	json_write_pair(&w, "date", day);
	json_write_pair(&w, "contract", q->contract);
	put_lines(r, &w);
	pair(&w, "amc", b->amc, a->amc);
	pair(&w, "remainder", b->remainder, a->remainder);
	json_write_end(&w, '}');
	buf_text(&r->out, "\n");
	r->altered++;
	r->cents += a->amc.cents - b->amc.cents;
}

static void one(void *ctx, struct span text)
{
	struct run *r = ctx;
	enum err before = pricing_line(&r->before, text, false);
	enum err after = pricing_line(&r->after, text, false);
	const struct pricing *bad = after ? &r->after : &r->before;

	r->asked++;
	if (before || after) {
		r->faults++;
		inquiry_refuse(&bad->inquiry, bad->field, bad->words, &r->out);
	} else if (any_differs(r)) {
		put_altered(r);
	}
}

static void tell(const struct run *r)
{
	char text[MONEY_TEXT];

	money_format(money_of(r->cents), text);
	say(ngettext("%llu request altered of %llu; the mutuelles' share "
		"changes by %s EUR in all", "%llu requests altered of %llu; "
		"the mutuelles' share changes by %s EUR in all", r->altered),
	    (unsigned long long)r->altered, (unsigned long long)r->asked,
	    text);
}

static int compare(struct run *r, const char *path)
{
	if (!pricing_each(path, &r->out, one, r))
		return SAY_TRANSPORT;
	tell(r);
	return r->faults ? SAY_CHECK_FAILED : SAY_DONE;
}

/* *against: the older rules. */
static int read_options(struct pricing_from *o, const char **against,
    int argc, char **argv)
{
	static const struct option long_options[] = {
	    {"against", required_argument, NULL, 'a'},
	    {"rules", required_argument, NULL, 'r'},
	    {"contract", required_argument, NULL, 'c'},
	    {"contracts", required_argument, NULL, 'C'},
	    {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = lang_option(argc, argv, "", long_options)) != -1) {
		switch (c) {
		case 'a': *against = optarg; break;
		case 'r': o->rules = optarg; break;
		case 'c':
			if (o->file_count == PRICING_FILES)
				return say_usage("data altered",
				    "64 contracts at most: use --contracts");
			o->files[o->file_count++] = optarg;
			break;
		case 'C': o->folder = optarg; break;
		case 'h': return say_help(help) - 1;
		default: return say_usage("data altered", "see the options");
		}
	}
	if (!*against)
		return say_usage("data altered",
		    "--against: the rules as they were");
	return argc - optind > 1 ? say_usage("data altered",
	    "one file at most") : SAY_DONE;
}

int data_altered(int argc, char **argv)
{
	static struct run r;
	struct pricing_from now = {NULL}, then;
	const char *against = NULL;
	int status = read_options(&now, &against, argc, argv);

	if (status)
		return status < 0 ? SAY_DONE : status;
	then = now;
	then.rules = against;
	buf_init(&r.out, 1u << 20);
	status = SAY_USAGE;
	if (!pricing_load(&r.before, &then) && !pricing_load(&r.after, &now))
		status = compare(&r, optind < argc ? argv[optind] : "-");
	buf_release(&r.out);
	pricing_release(&r.before);
	pricing_release(&r.after);
	return status;
}
