/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/date.h"
#include "base/text.h"
#include "ids/compact.h"
#include "insurer/member.h"

#define BIRTH_YEAR_LEAST 1850
#define BIRTH_YEAR_MOST 2150
#define CHANGE_YEAR_LEAST 1900
#define DAY_LEAST (-25567)	/* 1900-01-01: the first that the platform takes */

struct reading {
	const struct head *head;
	const struct span *fields;
	const struct member_rules *rules;
	struct member *m;
	struct member_faults *faults;
};

static struct span field(const struct reading *r, enum fault_column column)
{
	return r->fields[r->head->place[column]];
}

static void add(
    struct reading *r, enum fault_column column, enum fault_reason reason)
{
	size_t n = r->faults->count;

	if (n > 0 && r->faults->list[n - 1].column == column)
		return;	/* the first reason is the one to mend */
	r->faults->list[n].column = column;
	r->faults->list[n].reason = reason;
	r->faults->count++;
}

static bool all_between(struct span s, uint8_t low, uint8_t high)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < low || s.p[i] > high)
			return false;
	return true;
}

/* Printable ASCII of at most max characters, no space at its ends. */
static struct span read_text(struct reading *r, enum fault_column column,
    size_t max, bool needed)
{
	struct span s = field(r, column);

	if (s.n == 0 && needed)
		add(r, column, FAULT_MISSING);
	else if (s.n > max)
		add(r, column, FAULT_TOO_LONG);
	else if (!all_between(s, ' ', '~') ||
	    (s.n > 0 && (s.p[0] == ' ' || s.p[s.n - 1] == ' ')))
		add(r, column, FAULT_CHARACTER);
	return s;
}

static void read_nir(struct reading *r)
{
	struct span s = field(r, FAULT_NIR);
	struct ids_found found;

	r->m->has_nir = s.n > 0;
	if (s.n == 0)
		return;
	found = nir_parse(s, &r->m->nir);
	if (ids_has(found, IDS_LENGTH))
		add(r, FAULT_NIR, FAULT_LENGTH);
	else if (!ids_readable(found))
		add(r, FAULT_NIR, FAULT_CHARACTER);
	else if (ids_has(found, IDS_FICTIVE))
		add(r, FAULT_NIR, FAULT_FICTIVE);
	else if (ids_has(found, IDS_KEY) && !r->rules->any_key)
		add(r, FAULT_NIR, FAULT_KEY);
	else
		r->m->key_differs = ids_has(found, IDS_KEY);
}

/* YYYYMMDD; months and days that no calendar has are lunar dates. */
static void read_birth(struct reading *r)
{
	struct span s = field(r, FAULT_BIRTH);
	int year = 0, month, day;
	int32_t civil;

	if (s.n == 0) {
		add(r, FAULT_BIRTH, FAULT_MISSING);
		return;
	}
	if (s.n != MEMBER_BIRTH || !text_digits(s)) {
		add(r, FAULT_BIRTH, FAULT_NOT_A_DATE);
		return;
	}
	for (size_t i = 0; i < 4; i++)
		year = year * 10 + (s.p[i] - '0');
	month = (s.p[4] - '0') * 10 + (s.p[5] - '0');
	day = (s.p[6] - '0') * 10 + (s.p[7] - '0');
	if (year < BIRTH_YEAR_LEAST || year > BIRTH_YEAR_MOST)
		add(r, FAULT_BIRTH, FAULT_OUT_OF_RANGE);
	r->m->lunar = date_from_civil(year, month, day, &civil) != ERR_OK;
	memcpy(r->m->birth, s.p, MEMBER_BIRTH);
}

static void read_rank(struct reading *r)
{
	struct span s = field(r, FAULT_RANK);

	if (s.n == 0)
		r->m->rank = '1';
	else if (s.n == 1 && text_digits(s))
		r->m->rank = (char)s.p[0];
	else
		add(r, FAULT_RANK, FAULT_OUT_OF_RANGE);
}

/* Letters and digits, and what people write between them; zeros alone name
 * nobody, for zeros in front do not count (ident/canon.h). */
static void read_member(struct reading *r)
{
	struct span s = field(r, FAULT_MEMBER);
	struct compact c = compact_id(s);
	bool any = false;

	if (s.n == 0)
		return;
	if (c.n > LIMIT_MEMBER) {
		add(r, FAULT_MEMBER, FAULT_TOO_LONG);
		return;
	}
	for (size_t i = 0; i < c.kept; i++) {
		char l = c.text[i];
		bool letter = (l >= '0' && l <= '9') || (l >= 'A' && l <= 'Z');

		if (!letter && l != '-' && l != '/')
			add(r, FAULT_MEMBER, FAULT_CHARACTER);
		any = any || (letter && l != '0');
		r->m->member[i] = l;
	}
	if (!any)
		add(r, FAULT_MEMBER, FAULT_OUT_OF_RANGE);
}

static bool has_card(const struct member *m, const uint8_t *cti)
{
	for (uint8_t i = 0; i < m->card_count; i++)
		if (memcmp(m->cards[i], cti, MEMBER_CTI) == 0)
			return true;
	return false;
}

static void read_cards(struct reading *r)
{
	struct span s = field(r, FAULT_CARDS);

	while (s.n > 0) {
		uint8_t cti[MEMBER_CTI];
		size_t n = 2 * MEMBER_CTI;

		if (s.n < n || text_unhex(span_of(s.p, n), cti, MEMBER_CTI) ||
		    (s.n > n && (s.p[n] != ' ' || s.n == n + 1))) {
			add(r, FAULT_CARDS, FAULT_NOT_A_CARD);
			return;
		}
		if (has_card(r->m, cti))
			add(r, FAULT_CARDS, FAULT_TWICE);
		if (r->m->card_count == LIMIT_CARDS) {
			add(r, FAULT_CARDS, FAULT_TOO_MANY);
			return;
		}
		memcpy(r->m->cards[r->m->card_count++], cti, MEMBER_CTI);
		n += s.n > n ? 1 : 0;
		s = span_of(s.p + n, s.n - n);
	}
}

static void read_order(struct reading *r)
{
	struct span s = field(r, FAULT_ORDER);

	if (s.n == 0)
		add(r, FAULT_ORDER, FAULT_MISSING);
	else if (s.n != 1 || s.p[0] < '1' || s.p[0] > '9')
		add(r, FAULT_ORDER, FAULT_OUT_OF_RANGE);
	else
		r->m->order = (uint8_t)(s.p[0] - '0');
}

static bool read_date(struct reading *r, enum fault_column column,
    bool needed, int32_t *ret)
{
	struct span s = field(r, column);

	if (s.n == 0 && needed)
		add(r, column, FAULT_MISSING);
	else if (s.n > 0 && date_parse(s, ret))
		add(r, column, FAULT_NOT_A_DATE);
	else if (s.n > 0 && *ret < DAY_LEAST)
		add(r, column, FAULT_OUT_OF_RANGE);
	else
		return s.n > 0;
	return false;
}

static void read_period(struct reading *r)
{
	struct member *m = r->m;
	bool from = read_date(r, FAULT_FROM, true, &m->from_day);
	bool to = read_date(r, FAULT_TO, true, &m->to_day);

	if (from && to && m->to_day < m->from_day)
		add(r, FAULT_TO, FAULT_BEFORE_FROM);
	if (!read_date(r, FAULT_CLOSED, false, &m->closed_day))
		return;
	if (from && to &&
	    (m->closed_day < m->from_day || m->closed_day > m->to_day))
		add(r, FAULT_CLOSED, FAULT_OUTSIDE);
	else if (m->closed_day == 0)	/* 1970-01-01: it says "not closed" */
		add(r, FAULT_CLOSED, FAULT_OUT_OF_RANGE);
}

static void read_age(struct reading *r)
{
	static const char *const classes[] = {"", "child", "adult", "senior"};
	struct span s = field(r, FAULT_AGE_CLASS);
	struct span month = field(r, FAULT_AGE_CHANGE);
	char text[DATE_TEXT_SIZE] = "";
	int32_t day;
	int y, m, d;
	unsigned i = 0;

	while (i < 4 && !span_is(s, classes[i]))
		i++;
	if (i == 4)
		add(r, FAULT_AGE_CLASS, FAULT_NOT_A_CLASS);
	else
		r->m->age = (enum member_age)i;
	if (month.n == 0)
		return;
	if (month.n == 7) {
		memcpy(text, month.p, 7);
		memcpy(text + 7, "-01", 4);
	}
	if (date_parse(span_str(text), &day)) {
		add(r, FAULT_AGE_CHANGE, FAULT_NOT_A_MONTH);
		return;
	}
	date_to_civil(day, &y, &m, &d);
	if (s.n == 0)
		add(r, FAULT_AGE_CHANGE, FAULT_NO_CLASS);
	else if (y < CHANGE_YEAR_LEAST)
		add(r, FAULT_AGE_CHANGE, FAULT_OUT_OF_RANGE);
	r->m->age_change = (uint32_t)(y * 12 + m - 1);
}

static bool is_code(struct span s, size_t max)
{
	if (s.n == 0 || s.n > max)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= 'A' && s.p[i] <= 'Z') &&
		    !(s.p[i] >= '0' && s.p[i] <= '9'))
			return false;
	return true;
}

/* "OPTI=BR200+PEC" */
static bool parse_domain(struct span s, struct member_domain *ret)
{
	const uint8_t *equals = memchr(s.p, '=', s.n);
	const char pec[] = "+PEC";
	size_t n = sizeof(pec) - 1;

	if (!equals)
		return false;
	ret->code = span_of(s.p, (size_t)(equals - s.p));
	ret->level = span_of(equals + 1, s.n - ret->code.n - 1);
	ret->authorization = ret->level.n > n &&
	    memcmp(ret->level.p + ret->level.n - n, pec, n) == 0;
	if (ret->authorization)
		ret->level.n -= n;
	return is_code(ret->code, LIMIT_DOMAIN) &&
	    is_code(ret->level, LIMIT_LEVEL);
}

static bool has_domain(const struct member *m, struct span code)
{
	for (uint8_t i = 0; i < m->domain_count; i++)
		if (span_equal(m->domains[i].code, code))
			return true;
	return false;
}

static void read_domains(struct reading *r)
{
	struct span s = field(r, FAULT_DOMAINS);

	if (s.n == 0)
		add(r, FAULT_DOMAINS, FAULT_MISSING);
	while (s.n > 0) {
		const uint8_t *comma = memchr(s.p, ',', s.n);
		size_t n = comma ? (size_t)(comma - s.p) : s.n;
		struct member_domain d;

		if (!parse_domain(span_of(s.p, n), &d) || n + 1 == s.n) {
			add(r, FAULT_DOMAINS, FAULT_NOT_A_DOMAIN);
			return;
		}
		if (has_domain(r->m, d.code))
			add(r, FAULT_DOMAINS, FAULT_TWICE);
		if (r->m->domain_count == LIMIT_DOMAINS) {
			add(r, FAULT_DOMAINS, FAULT_TOO_MANY);
			return;
		}
		r->m->domains[r->m->domain_count++] = d;
		n += comma ? 1 : 0;
		s = span_of(s.p + n, s.n - n);
	}
}

void member_read(const struct head *head, const struct span *fields,
    const struct member_rules *rules, struct member *ret,
    struct member_faults *faults)
{
	struct reading r = {head, fields, rules, ret, faults};

	*ret = (struct member){.rank = '1'};
	faults->count = 0;
	ret->ref = read_text(&r, FAULT_REF, LIMIT_REF, true);
	read_nir(&r);
	read_birth(&r);
	read_rank(&r);
	read_member(&r);
	read_cards(&r);
	ret->contract = read_text(&r, FAULT_CONTRACT, LIMIT_CONTRACT, true);
	read_order(&r);
	ret->convention =
	    read_text(&r, FAULT_CONVENTION, LIMIT_CONVENTION, false);
	ret->csr = read_text(&r, FAULT_CSR, LIMIT_CSR, false);
	read_period(&r);
	read_age(&r);
	read_domains(&r);
	if (field(&r, FAULT_NIR).n == 0 && field(&r, FAULT_MEMBER).n == 0 &&
	    field(&r, FAULT_CARDS).n == 0)
		add(&r, FAULT_LINE, FAULT_NO_ALIAS);
}

bool member_has_ref(const struct member_faults *faults)
{
	for (size_t i = 0; i < faults->count; i++)
		if (faults->list[i].column == FAULT_REF ||
		    (faults->list[i].column == FAULT_LINE &&
			faults->list[i].reason != FAULT_NO_ALIAS))
			return false;
	return true;
}
