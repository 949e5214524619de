/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/date.h"
#include "base/text.h"
#include "base/utf8.h"
#include "contract/contract.h"

/* One statement on its way, word by word. */
struct read {
	struct contract *c;
	const struct rules *rules;
	struct contract_fault *fault;
	const uint8_t *line;	/* its first byte */
	struct span rest;	/* what is left of it */
	struct span word;	/* the last one taken */
	bool from, to, code, insurer, responsible, label_fr, label_en, second;
};

static enum err say(struct read *r, enum err e, const char *words)
{
	r->fault->column = r->word.p ?
	    (uint32_t)(r->word.p - r->line) + 1 : 1;
	(void)snprintf(
	    r->fault->words, sizeof(r->fault->words), "%s", words);
	return e;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static bool is_end(uint8_t c)
{
	return is_blank(c) || c == ',' || c == '=';
}

/* The next word into r->word; "," and "=" are words of their own. false at
 * the end, with an empty word there. */
static bool next(struct read *r)
{
	size_t n = 0;

	while (r->rest.n > 0 && is_blank(r->rest.p[0])) {
		r->rest.p++;
		r->rest.n--;
	}
	if (r->rest.n > 0 && (r->rest.p[0] == ',' || r->rest.p[0] == '='))
		n = 1;
	while (n < r->rest.n && !is_end(r->rest.p[n]) &&
	    !(n == 1 && (r->rest.p[0] == ',' || r->rest.p[0] == '=')))
		n++;
	r->word = span_of(r->rest.p, n);
	r->rest.p += n;
	r->rest.n -= n;
	return n > 0;
}

/* Is the next word this one? Takes it if so. */
static bool take(struct read *r, const char *word)
{
	struct read before = *r;

	if (next(r) && span_is(r->word, word))
		return true;
	r->rest = before.rest;
	r->word = before.word;
	return false;
}

static enum err copy(struct read *r, char *out, size_t size, const char *what)
{
	if (!next(r))
		return say(r, ERR_SHAPE, what);
	for (size_t i = 0; i < r->word.n; i++)
		if (r->word.p[i] <= ' ' || r->word.p[i] > '~')
			return say(r, ERR_SHAPE, what);
	return text_copy(r->word, out, size) ?
	    say(r, ERR_LIMIT, "too long") : ERR_OK;
}

static enum err finished(struct read *r)
{
	return next(r) ? say(r, ERR_SHAPE, "nothing may stand here") : ERR_OK;
}

static enum err day(struct read *r, int32_t *ret)
{
	if (!next(r) || date_parse(r->word, ret))
		return say(r, ERR_SHAPE, "a day, as 2026-01-01");
	return finished(r);
}

static enum err yes_no(struct read *r, bool *ret)
{
	*ret = take(r, "yes");
	if (!*ret && !take(r, "no")) {
		(void)next(r);
		return say(r, ERR_SHAPE, "yes or no");
	}
	return finished(r);
}

static enum err once(struct read *r, bool *seen)
{
	if (*seen)
		return say(r, ERR_EXISTS, "said twice");
	*seen = true;
	return ERR_OK;
}

static enum err label(struct read *r, bool *seen, char *out)
{
	if (once(r, seen))
		return ERR_EXISTS;
	while (r->rest.n > 0 && r->rest.p[0] == ' ') {
		r->rest.p++;
		r->rest.n--;
	}
	r->word = r->rest;
	if (!utf8_is_plain(r->rest))
		return say(r, ERR_SHAPE, "not UTF-8, or a control character");
	if (r->rest.n == 0)
		return say(r, ERR_SHAPE, "a name for people to read");
	return text_copy(r->rest, out, CONTRACT_LABEL) ?
	    say(r, ERR_LIMIT, "120 bytes at most") : ERR_OK;
}

/* --- covers --- */

static enum err target(
    struct read *r, enum contract_target *ret, char word[static RULES_WORD])
{
	static const char *const heads[] = {"", "", "family:", "act:"};
	struct span w;

	if (!next(r))
		return say(r, ERR_SHAPE, "a domain, family:NAME, act:CODE or *");
	w = r->word;
	*ret = CONTRACT_DOMAIN;
	for (unsigned i = CONTRACT_FAMILY; i <= CONTRACT_ACT; i++) {
		size_t n = strlen(heads[i]);

		if (w.n > n && memcmp(w.p, heads[i], n) == 0) {
			*ret = (enum contract_target)i;
			w = span_of(w.p + n, w.n - n);
			break;
		}
	}
	if (*ret == CONTRACT_DOMAIN && span_is(w, "*"))
		*ret = CONTRACT_ANY;
	if (text_copy(w, word, RULES_WORD))
		return say(r, ERR_LIMIT, "too long");
	if (*ret == CONTRACT_ACT && !rules_act_ever(r->rules, w))
		return say(r, ERR_UNKNOWN, "no such act: data/rules/acts.csv "
		    "has them");
	if (*ret == CONTRACT_FAMILY && !rules_is_family(r->rules, w))
		return say(r, ERR_UNKNOWN, "no such family: data/rules/"
		    "acts.csv has them");
	if (*ret == CONTRACT_DOMAIN && !rules_is_domain(r->rules, w))
		return say(r, ERR_UNKNOWN, "no such domain: data/rules/"
		    "acts.csv has them");
	return ERR_OK;
}

static enum err class_of(struct read *r, struct contract_cover *c)
{
	if (take(r, "A"))
		c->class = RULES_CLASS_A;
	else if (take(r, "B"))
		c->class = RULES_CLASS_B;
	else if (take(r, "moderate"))
		c->class = RULES_CLASS_MODERATE;
	else {
		(void)next(r);
		return say(r, ERR_SHAPE, "class A, class B or class moderate");
	}
	return ERR_OK;
}

static enum err case_of(struct read *r, struct contract_cover *c)
{
	if (!next(r) || r->word.n != 1 || r->word.p[0] < 'a' ||
	    r->word.p[0] > 'f')
		return say(r, ERR_SHAPE, "case a to case f");
	c->lens_case = (char)r->word.p[0];
	return ERR_OK;
}

/* One word that is a condition by itself. */
static bool plain_condition(struct read *r, struct contract_cover *c)
{
	const struct {
		const char *word;
		enum contract_yes *field, value;
	} plain[] = {
		{"optam", &c->optam, CONTRACT_YES},
		{"not-optam", &c->optam, CONTRACT_NO},
		{"network", &c->network, CONTRACT_YES},
		{"no-network", &c->network, CONTRACT_NO},
		{"child", &c->child, CONTRACT_YES},
		{"adult", &c->child, CONTRACT_NO},
	};

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (*plain[i].field == CONTRACT_EITHER &&
		    take(r, plain[i].word)) {
			*plain[i].field = plain[i].value;
			return true;
		}
	if (!c->off_pathway && take(r, "off-pathway")) {
		c->off_pathway = true;
		return true;
	}
	return false;
}

static enum err conditions(struct read *r, struct contract_cover *c)
{
	enum err e = ERR_OK;

	while (!e && !take(r, "=")) {
		c->conditions++;
		if (c->class == RULES_CLASS_NONE && take(r, "class"))
			e = class_of(r, c);
		else if (c->lens_case == 0 && take(r, "case"))
			e = case_of(r, c);
		else if (!plain_condition(r, c)) {
			(void)next(r);
			e = say(r, ERR_SHAPE, "a condition, once, or \"=\": "
			    "class optam not-optam network no-network "
			    "off-pathway child adult case");
		}
	}
	return e;
}

static enum err euros(struct read *r, struct money *ret)
{
	return next(r) && !money_parse(r->word, ret) ? ERR_OK :
	    say(r, ERR_SHAPE, "euros, as 200 or 200.50");
}

static enum err share_of_base(struct read *r, struct contract_cover *c)
{
	if (!next(r) || money_parse_rate(r->word, &c->rate) ||
	    r->word.p[r->word.n - 1] != '%')
		return say(r, ERR_SHAPE, "TM, 150% BR, EUR 200, real cost, "
		    "100% sante or nothing");
	if (c->rate == MONEY_WHOLE && take(r, "sante")) {
		c->form = CONTRACT_SANTE;
		return ERR_OK;
	}
	if (!take(r, "BR")) {
		(void)next(r);
		return say(r, ERR_SHAPE, "BR behind the rate");
	}
	c->form = CONTRACT_BR;
	if (!take(r, "above"))
		return ERR_OK;
	c->form = CONTRACT_BR_ABOVE;
	return take(r, "AMO") ? ERR_OK :
	    say(r, ERR_SHAPE, "above AMO");
}

static enum err formula(struct read *r, struct contract_cover *c)
{
	enum err e;

	if (take(r, "nothing"))
		c->form = CONTRACT_NOTHING;
	else if (take(r, "TM"))
		c->form = CONTRACT_TM;
	else if (take(r, "real")) {
		c->form = CONTRACT_REAL;
		return take(r, "cost") ? ERR_OK :
		    say(r, ERR_SHAPE, "real cost");
	} else if (take(r, "EUR")) {
		c->form = CONTRACT_EUR;
		e = euros(r, &c->amount);
		if (e || !take(r, "above"))
			return e;
		c->form = CONTRACT_EUR_ABOVE;
		return take(r, "TM") ? ERR_OK :
		    say(r, ERR_SHAPE, "above TM");
	} else {
		return share_of_base(r, c);
	}
	return ERR_OK;
}

static enum err window(struct read *r, struct contract_limit *l)
{
	static const char *const words[CONTRACT_PERS] = {"day", "act", "year",
	    "2-years", "4-years", "equipment", "ear"};

	if (!take(r, "a")) {
		(void)next(r);
		return say(r, ERR_SHAPE, "a day, a act, a year, a 2-years...");
	}
	for (unsigned i = 0; i < CONTRACT_PERS; i++)
		if (take(r, words[i])) {
			l->per = (enum contract_per)i;
			return ERR_OK;
		}
	(void)next(r);
	return say(r, ERR_SHAPE,
	    "day, act, year, 2-years, 4-years, equipment or ear");
}

static enum err most(struct read *r, struct contract_cover *c)
{
	struct contract_limit *l = &c->limits[c->limit_count];
	struct money m;
	uint64_t n;
	enum err e;

	if (c->limit_count == CONTRACT_LIMITS)
		return say(r, ERR_LIMIT, "three limits at most");
	if (take(r, "EUR")) {
		e = euros(r, &m);
		if (e)
			return e;
		l->most = m.cents;
	} else {
		if (!next(r) || text_u64(r->word, 1000000, &n))
			return say(r, ERR_SHAPE, "EUR 200, or 10 acts");
		l->most = (int64_t)n;
		l->acts = true;
		if (!take(r, "acts"))
			return say(r, ERR_SHAPE, "acts behind the number");
	}
	e = window(r, l);
	/* without a name of its own: the target's */
	memcpy(l->counter, c->word, sizeof(c->word));
	if (l->acts)
		memcpy(l->counter + strlen(c->word), "-acts",
		    sizeof("-acts"));
	c->limit_count += !e;
	return e;
}

/* The name of the last limit's counter: one, of a limit that counts what was
 * before. */
static enum err counter(
    struct read *r, struct contract_cover *c, unsigned *named)
{
	struct contract_limit *l;

	if (c->limit_count == *named)
		return say(r, ERR_SHAPE,
		    "a limit before the name of its counter");
	*named = c->limit_count;
	l = &c->limits[c->limit_count - 1];
	if (l->per == CONTRACT_LINE && !l->acts)
		return say(r, ERR_SHAPE, "a sum of one act has no counter");
	return copy(r, l->counter, CONTRACT_WORD, "the name of a counter");
}

static enum err limits(struct read *r, struct contract_cover *c)
{
	unsigned named = 0;	/* of limits */
	enum err e = ERR_OK;

	while (!e && take(r, ",")) {
		if (take(r, "most")) {
			e = most(r, c);
		} else if (take(r, "in")) {
			e = counter(r, c, &named);
		} else if (take(r, "renewed")) {
			e = once(r, &c->renewed);
		} else {
			(void)next(r);
			e = say(r, ERR_SHAPE, "most..., in NAME or renewed");
		}
	}
	return e ? e : finished(r);
}

static enum err cover(struct read *r)
{
	struct contract *k = r->c;
	struct contract_cover *c = &k->covers[k->cover_count];
	enum err e;

	if (k->cover_count == CONTRACT_COVERS)
		return say(r, ERR_LIMIT, "256 covers at most");
	*c = (struct contract_cover){.line = r->fault->line};
	e = target(r, &c->target, c->word);
	if (!e)
		e = conditions(r, c);
	if (!e)
		e = formula(r, c);
	if (!e)
		e = limits(r, c);
	k->cover_count += !e;
	return e;
}

static enum err wait(struct read *r)
{
	struct contract *k = r->c;
	struct contract_wait *w = &k->waits[k->wait_count];
	uint64_t n;
	enum err e;

	if (k->wait_count == CONTRACT_WAITS)
		return say(r, ERR_LIMIT, "32 waiting periods at most");
	*w = (struct contract_wait){.line = r->fault->line};
	e = target(r, &w->target, w->word);
	if (e)
		return e;
	if (!next(r) || text_u64(r->word, 120, &n) || !take(r, "months"))
		return say(r, ERR_SHAPE, "a number of months, as: 3 months");
	w->months = (uint32_t)n;
	k->wait_count++;
	return finished(r);
}

static enum err second(struct read *r)
{
	if (once(r, &r->second))
		return ERR_EXISTS;
	r->c->second_deducts = take(r, "deduct");
	if (!r->c->second_deducts && !take(r, "complement")) {
		(void)next(r);
		return say(r, ERR_SHAPE, "second complement or second deduct");
	}
	return finished(r);
}

static enum err insurer(struct read *r)
{
	enum err e = once(r, &r->insurer);

	if (!e)
		e = copy(r, r->c->insurer, sizeof(r->c->insurer),
		    "the AMC number, 10 digits");
	if (!e && (strlen(r->c->insurer) != 10 ||
	    !text_digits(span_str(r->c->insurer))))
		e = say(r, ERR_SHAPE, "the AMC number, 10 digits");
	return e ? e : finished(r);
}

static enum err code(struct read *r)
{
	enum err e = once(r, &r->code);

	if (!e)
		e = copy(r, r->c->code, sizeof(r->c->code),
		    "the code that the feed uses");
	return e ? e : finished(r);
}

static enum err from(struct read *r)
{
	enum err e = once(r, &r->from);

	return e ? e : day(r, &r->c->from_day);
}

static enum err to(struct read *r)
{
	enum err e = once(r, &r->to);

	return e ? e : day(r, &r->c->to_day);
}

static enum err responsible(struct read *r)
{
	enum err e = once(r, &r->responsible);

	return e ? e : yes_no(r, &r->c->responsible);
}

static enum err statement(struct read *r)
{
	if (take(r, "cover"))
		return cover(r);
	if (take(r, "contract"))
		return code(r);
	if (take(r, "insurer"))
		return insurer(r);
	if (take(r, "label-fr"))
		return label(r, &r->label_fr, r->c->label_fr);
	if (take(r, "label-en"))
		return label(r, &r->label_en, r->c->label_en);
	if (take(r, "from"))
		return from(r);
	if (take(r, "to"))
		return to(r);
	if (take(r, "responsible"))
		return responsible(r);
	if (take(r, "wait"))
		return wait(r);
	if (take(r, "second"))
		return second(r);
	(void)next(r);
	return say(r, ERR_UNKNOWN, "contract, insurer, label-fr, label-en, "
	    "from, to, responsible, cover, wait or second");
}

/* What stands before a comment: "#" begins one at the line's begin and behind
 * a blank, so that a word that holds one is not cut; a label may hold any. */
static struct span without_comment(struct span line)
{
	size_t from = 0;

	while (from < line.n && is_blank(line.p[from]))
		from++;
	if (line.n - from > 5 && memcmp(line.p + from, "label", 5) == 0)
		return line;
	for (size_t i = from; i < line.n; i++)
		if (line.p[i] == '#' && (i == from || is_blank(line.p[i - 1])))
			return span_of(line.p, i);
	return line;
}

static enum err one_line(struct read *r, struct span line)
{
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	line = without_comment(line);
	while (line.n > 0 && is_blank(line.p[line.n - 1]))
		line.n--;
	r->line = line.p;
	r->rest = line;
	r->word = span_of(line.p, 0);
	return line.n == 0 ? ERR_OK : statement(r);
}

static enum err whole(struct read *r)
{
	r->fault->line = 0;
	r->fault->column = 0;
	r->word = span_of(NULL, 0);
	if (!r->code || !r->insurer || !r->from || !r->responsible)
		return say(r, ERR_SHAPE, "contract, insurer, from and "
		    "responsible must be said");
	if (r->c->to_day < r->c->from_day)
		return say(r, ERR_RANGE, "to is before from");
	return ERR_OK;
}

enum err contract_read(struct span text, const struct rules *rules,
    struct contract **ret, struct contract_fault *fault)
{
	struct contract *c = calloc(1,
	    sizeof(*c) + CONTRACT_COVERS * sizeof(c->covers[0])), *fit;
	struct read r = {.c = c, .rules = rules, .fault = fault};
	enum err e = ERR_OK;

	*fault = (struct contract_fault){0};
	if (!c)
		return ERR_NOMEM;
	c->to_day = RULES_NO_END;
	if (text.n > CONTRACT_MOST)
		e = say(&r, ERR_LIMIT, "64 KiB at most");
	while (text.n > 0 && !e) {
		const uint8_t *lf = memchr(text.p, '\n', text.n);
		size_t n = lf ? (size_t)(lf - text.p) : text.n;

		fault->line++;
		e = one_line(&r, span_of(text.p, n));
		n += lf != NULL;
		text = span_of(text.p + n, text.n - n);
	}
	if (!e)
		e = whole(&r);
	if (e) {
		contract_free(c);
		return e;
	}
	fit = realloc(c, sizeof(*c) + c->cover_count * sizeof(c->covers[0]));
	*ret = fit ? fit : c;
	return ERR_OK;
}

void contract_free(struct contract *c)
{
	free(c);
}

unsigned contract_fit(
    const struct contract_cover *cover, const struct rules_act *act)
{
	const char *const words[] = {"*", act->domain, act->family, act->code};

	if (strcmp(cover->word, words[cover->target]) != 0)
		return 0;
	/* the class is what an act is, the rest is who does it and where */
	return 1 + (unsigned)cover->target * 16 + cover->conditions +
	    (cover->class != RULES_CLASS_NONE ? 4 : 0);
}
