/* SPDX-License-Identifier: Apache-2.0 */
#include "ids/severity.h"

struct row {
	enum ids_kind kind;
	enum ids_finding finding;
	enum severity severity;
};

/* The reasons stand in data/identifiers.conf. */
static const struct row defaults[] = {
	{ IDS_NIR, IDS_KEY, SEVERITY_WARNING },
	{ IDS_NIR, IDS_NO_KEY, SEVERITY_WARNING },
	{ IDS_NIR, IDS_FICTIVE, SEVERITY_OK },
	{ IDS_NIR, IDS_PROVISIONAL, SEVERITY_OK },
	{ IDS_NIR, IDS_MIGRANT, SEVERITY_OK },
	{ IDS_NIR, IDS_LEADING, SEVERITY_OK },
	{ IDS_NIR, IDS_PSEUDO_MONTH, SEVERITY_OK },
	{ IDS_NIR, IDS_ODD_MONTH, SEVERITY_OK },
	{ IDS_RPPS, IDS_KEY, SEVERITY_WARNING },
	{ IDS_RPPS, IDS_IDNPS, SEVERITY_OK },
	{ IDS_FINESS, IDS_KEY, SEVERITY_WARNING },
	{ IDS_FINESS, IDS_LETTERED, SEVERITY_WARNING },
	{ IDS_SIREN, IDS_KEY, SEVERITY_ERROR },
	{ IDS_SIRET, IDS_KEY, SEVERITY_ERROR },
	{ IDS_SIRET, IDS_SIREN_KEY, SEVERITY_ERROR },
	{ IDS_SIRET, IDS_LA_POSTE, SEVERITY_OK },
	{ IDS_AMC, IDS_PADDED, SEVERITY_OK },
};

const char *severity_name(enum severity s)
{
	if (s == SEVERITY_ERROR)
		return "error";
	return s == SEVERITY_WARNING ? "warning" : "valid";
}

struct severity_table severity_defaults(void)
{
	struct severity_table t = { 0 };

	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		t.of[defaults[i].kind][defaults[i].finding] =
		    (uint8_t)defaults[i].severity;
	for (unsigned k = 0; k < IDS_KINDS; k++) {
		t.of[k][IDS_CHARACTER] = SEVERITY_ERROR;
		t.of[k][IDS_LENGTH] = SEVERITY_ERROR;
	}
	t.of[IDS_AMC][IDS_ZERO] = SEVERITY_ERROR;
	return t;
}

static enum err find_severity(struct span name, enum severity *ret)
{
	if (span_is(name, "ok"))
		*ret = SEVERITY_OK;
	else if (span_is(name, "warning"))
		*ret = SEVERITY_WARNING;
	else if (span_is(name, "error"))
		*ret = SEVERITY_ERROR;
	else
		return ERR_UNKNOWN;
	return ERR_OK;
}

/* Takes text up to c off *in, c too; all of it if there is no c. */
static struct span cut(struct span *in, char c)
{
	const uint8_t *at = in->n > 0 ? memchr(in->p, c, in->n) : NULL;
	struct span head = *in;

	if (at == NULL) {
		in->p += in->n;
		in->n = 0;
		return head;
	}
	head.n = (size_t)(at - in->p);
	in->p = at + 1;
	in->n -= head.n + 1;
	return head;
}

/* Splits at spaces, tabs and a carriage return. Returns how many words there
 * are; words beyond max are counted only. */
static size_t split(struct span line, struct span *words, size_t max)
{
	size_t n = 0;
	bool inside = false;

	for (size_t i = 0; i < line.n; i++) {
		uint8_t c = line.p[i];
		bool blank = c == ' ' || c == '\t' || c == '\r';

		if (!blank && !inside) {
			if (n < max)
				words[n] = span_of(line.p + i, 0);
			n++;
		}
		inside = !blank;
		if (inside && n <= max)
			words[n - 1].n++;
	}
	return n;
}

typedef bool severity_said[IDS_KINDS][IDS_FINDINGS];

static enum err read_line(
    struct span line, struct severity_table *table, severity_said said)
{
	struct span words[3];
	size_t n = split(cut(&line, '#'), words, 3);
	enum ids_kind kind;
	enum ids_finding finding;
	enum severity severity;
	enum err e;

	if (n == 0)
		return ERR_OK;
	if (n != 3)
		return ERR_SHAPE;
	if ((e = ids_kind_find(words[0], &kind)) != ERR_OK ||
	    (e = ids_finding_find(words[1], &finding)) != ERR_OK ||
	    (e = find_severity(words[2], &severity)) != ERR_OK)
		return e;
	if (said[kind][finding])
		return ERR_EXISTS;
	said[kind][finding] = true;
	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		if (defaults[i].kind == kind &&
		    defaults[i].finding == finding) {
			table->of[kind][finding] = (uint8_t)severity;
			return ERR_OK;
		}
	return ERR_REFUSED;
}

enum err severity_read(
    struct span text, struct severity_table *table, unsigned *ret_line)
{
	struct severity_table t = *table;
	severity_said said = {{false}};

	for (unsigned line = 1; text.n > 0; line++) {
		enum err e = read_line(cut(&text, '\n'), &t, said);

		if (e != ERR_OK) {
			*ret_line = line;
			return e;
		}
	}
	*table = t;
	return ERR_OK;
}

struct severity_verdict severity_judge(const struct severity_table *table,
    enum ids_kind kind, struct ids_found found, bool strict)
{
	struct severity_verdict v = { SEVERITY_OK, IDS_CLEAN };

	for (unsigned f = IDS_CLEAN + 1; f < IDS_FINDINGS; f++) {
		enum severity s = table->of[kind][f];

		if (!ids_has(found, (enum ids_finding)f))
			continue;
		if (strict && s == SEVERITY_WARNING)
			s = SEVERITY_ERROR;
		if (s > v.severity || v.finding == IDS_CLEAN) {
			v.severity = s == SEVERITY_NONE ? SEVERITY_OK : s;
			v.finding = (enum ids_finding)f;
		}
	}
	return v;
}
