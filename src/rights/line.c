/* SPDX-License-Identifier: Apache-2.0 */
#include "rights/line.h"

static bool is_calendar(int32_t day)
{
	return day >= LINE_DAY_FIRST && day <= LINE_DAY_LAST;
}

/* The day before from_day says that the right never began. */
static bool closes_inside(const struct feed_line *l)
{
	return l->closed_day == 0 ||
	    (l->closed_day >= l->from_day - 1 && l->closed_day <= l->to_day);
}

static bool age_is_known(const struct feed_line *l)
{
	return l->age_class <= 3 &&
	    (l->age_change == 0 || (l->age_change >= LINE_MONTH_FIRST &&
	    l->age_change <= LINE_MONTH_LAST));
}

static bool fits(struct span s, size_t least, size_t most)
{
	return s.n >= least && s.n <= most;
}

static bool domains_are_sound(const struct feed_line *l)
{
	if (l->domain_count > LIMIT_DOMAINS)
		return false;
	for (unsigned i = 0; i < l->domain_count; i++)
		if (!fits(l->domains[i].code, 1, LIMIT_DOMAIN) ||
		    !fits(l->domains[i].level, 0, LIMIT_LEVEL) ||
		    l->domains[i].authorization > 1)
			return false;
	return true;
}

const char *line_fault(const struct feed_line *l)
{
	if (l->tag_count == 0 || l->tag_count > RIGHTS_TAGS_FED ||
	    l->card_count > l->tag_count)
		return "tags";
	if (!fits(l->handle, 1, LIMIT_HANDLE))
		return "ref";
	if (!fits(l->contract, 1, LIMIT_CONTRACT))
		return "contract";
	if (!fits(l->convention, 0, LIMIT_CONVENTION))
		return "convention";
	if (!fits(l->csr, 0, LIMIT_CSR))
		return "csr";
	if (l->order == 0)
		return "order";
	if (!is_calendar(l->from_day) || !is_calendar(l->to_day) ||
	    l->from_day > l->to_day)
		return "period";
	if (!closes_inside(l))
		return "closed";
	if (!age_is_known(l))
		return "age";
	return domains_are_sound(l) ? NULL : "domains";
}

const char *line_unpack_fault(enum err e)
{
	switch (e) {
	case ERR_LIMIT:
		return "too-long";
	case ERR_RANGE:
		return "range";
	default:
		return NULL;
	}
}
