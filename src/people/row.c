/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/csv.h"
#include "base/date.h"
#include "base/text.h"
#include "people/row.h"

#define SEPARATOR ';'
#define FEED_HEAD                                                          \
	"ref;nir;birth;rank;member;cards;contract;order;convention;csr;"   \
	"from;to;closed;age_class;age_change;domains"

enum column {
	C_PERSON, C_KIN, C_AMC, C_REF, C_NIR, C_BIRTH, C_RANK, C_MEMBER,
	C_CARDS, C_CONTRACT, C_ORDER, C_CONVENTION, C_CSR, C_FROM, C_TO,
	C_CLOSED, C_AGE_CLASS, C_AGE_CHANGE, C_DOMAINS, COLUMNS
};

static const char *const ages[] = {"", "child", "adult", "senior"};
static const char *const kins[ROW_KINS] = {
    "single", "partner", "parent", "dependant", "twin", "student"};

void row_feed_head(FILE *f)
{
	fputs(FEED_HEAD "\n", f);
}

void row_people_head(FILE *f)
{
	fputs("person;kin;amc;" FEED_HEAD "\n", f);
}

static void put_cards(FILE *f, const struct row *row)
{
	for (int i = 0; i < row->card_count; i++)
		fprintf(f, "%s%s", i > 0 ? " " : "", row->cards[i]);
}

static void put_period(FILE *f, const struct row *row)
{
	char from[DATE_TEXT_SIZE], to[DATE_TEXT_SIZE], closed[DATE_TEXT_SIZE];

	date_format(row->from_day, from);
	date_format(row->to_day, to);
	date_format(row->closed_day, closed);
	fprintf(f, "%s;%s;%s", from, to, row->closed_day ? closed : "");
}

void row_feed_line(FILE *f, const struct row *row)
{
	fprintf(f, "%s;%s;%s;%d;%s;", row->ref, row->nir, row->birth,
	    row->rank, row->member);
	put_cards(f, row);
	fprintf(f, ";%s;%d;%s;%s;", row->contract, row->order,
	    row->convention, row->csr);
	put_period(f, row);
	fprintf(f, ";%s;", ages[row->age]);
	if (row->age_change)
		fprintf(f, "%04u-%02u", row->age_change / 12,
		    row->age_change % 12 + 1);
	fprintf(f, ";%s\n", row->domains);
}

void row_people_line(FILE *f, const struct row *row)
{
	fprintf(f, "P%08u;%s;%s;", row->person, kins[row->kin], row->amc);
	row_feed_line(f, row);
}

static enum err parse_word(struct span in, const char *const *words,
    size_t count, unsigned *ret)
{
	for (unsigned i = 0; i < count; i++)
		if (span_is(in, words[i])) {
			*ret = i;
			return ERR_OK;
		}
	return ERR_SHAPE;
}

static enum err parse_small(struct span in, int *ret)
{
	uint64_t v;
	enum err e = text_u64(in, 9, &v);

	if (!e)
		*ret = (int)v;
	return e;
}

static enum err parse_person(const struct span *c, struct row *row)
{
	uint64_t person = 0;
	unsigned kin = 0;
	struct span digits = c[C_PERSON];

	if (digits.n != 9 || digits.p[0] != 'P')
		return ERR_SHAPE;
	for (size_t i = 1; i < digits.n; i++) {
		if (digits.p[i] < '0' || digits.p[i] > '9')
			return ERR_SHAPE;
		person = person * 10 + (uint64_t)(digits.p[i] - '0');
	}
	row->person = (uint32_t)person;
	if (parse_word(c[C_KIN], kins, ROW_KINS, &kin))
		return ERR_SHAPE;
	row->kin = (enum row_kin)kin;
	return ERR_OK;
}

static enum err parse_texts(const struct span *c, struct row *row)
{
	const struct {
		struct span in;
		char *to;
		size_t size;
	} copies[] = {
	    {c[C_AMC], row->amc, sizeof(row->amc)},
	    {c[C_REF], row->ref, sizeof(row->ref)},
	    {c[C_NIR], row->nir, sizeof(row->nir)},
	    {c[C_BIRTH], row->birth, sizeof(row->birth)},
	    {c[C_MEMBER], row->member, sizeof(row->member)},
	    {c[C_CONTRACT], row->contract, sizeof(row->contract)},
	    {c[C_CONVENTION], row->convention, sizeof(row->convention)},
	    {c[C_CSR], row->csr, sizeof(row->csr)},
	    {c[C_DOMAINS], row->domains, sizeof(row->domains)},
	};

	for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++)
		if (text_copy(copies[i].in, copies[i].to, copies[i].size))
			return ERR_SHAPE;
	if (parse_small(c[C_RANK], &row->rank))
		return ERR_SHAPE;
	return parse_small(c[C_ORDER], &row->order);
}

static enum err parse_cards(struct span in, struct row *row)
{
	const size_t n = ROW_CARD_SIZE - 1;

	row->card_count = 0;
	while (in.n >= n && row->card_count < LIMIT_CARDS) {
		char *to = row->cards[row->card_count++];

		if (text_copy(span_of(in.p, n), to, ROW_CARD_SIZE))
			return ERR_SHAPE;
		in.p += n;
		in.n -= n;
		if (in.n > 0 && in.p[0] == ' ') {
			in.p++;
			in.n--;
		}
	}
	return in.n == 0 ? ERR_OK : ERR_SHAPE;
}

static enum err parse_period(const struct span *c, struct row *row)
{
	row->closed_day = 0;
	if (date_parse(c[C_FROM], &row->from_day) ||
	    date_parse(c[C_TO], &row->to_day))
		return ERR_SHAPE;
	if (c[C_CLOSED].n == 0)
		return ERR_OK;
	return date_parse(c[C_CLOSED], &row->closed_day);
}

static enum err parse_age(const struct span *c, struct row *row)
{
	struct span month = c[C_AGE_CHANGE];
	unsigned age = 0;
	char text[DATE_TEXT_SIZE];
	int32_t day;
	int y, m, d;

	if (parse_word(c[C_AGE_CLASS], ages, 4, &age))
		return ERR_SHAPE;
	row->age = (enum row_age)age;
	row->age_change = 0;
	if (month.n == 0)
		return ERR_OK;
	if (month.n != 7)
		return ERR_SHAPE;
	(void)snprintf(text, sizeof(text), "%.7s-01", (const char *)month.p);
	if (date_parse(span_str(text), &day))
		return ERR_SHAPE;
	date_to_civil(day, &y, &m, &d);
	row->age_change = (uint32_t)(y * 12 + m - 1);
	return ERR_OK;
}

enum err row_people_parse(char *line, size_t n, struct row *ret)
{
	struct span c[COLUMNS];
	struct row row = {0};
	size_t count = 0;

	if (csv_split(line, n, SEPARATOR, c, COLUMNS, &count) ||
	    count != COLUMNS)
		return ERR_SHAPE;
	if (parse_person(c, &row) || parse_texts(c, &row) ||
	    parse_cards(c[C_CARDS], &row) || parse_period(c, &row) ||
	    parse_age(c, &row))
		return ERR_SHAPE;
	*ret = row;
	return ERR_OK;
}

bool row_is_open(const struct row *row, int32_t day)
{
	int32_t last = row->closed_day && row->closed_day < row->to_day ?
	    row->closed_day :
	    row->to_day;

	return row->from_day <= day && day <= last;
}

bool row_covers(const struct row *row, const char *domain)
{
	size_t n = strlen(domain);

	for (const char *p = row->domains; p; p = strchr(p, ',')) {
		if (*p == ',')
			p++;
		if (strncmp(p, domain, n) == 0 && p[n] == '=')
			return true;
	}
	return false;
}
