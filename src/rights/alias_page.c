/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "rights/alias_page.h"

/* Did a later row of the same tag and person end, too? */
static bool is_earlier_end(const struct alias_page *p, size_t nth)
{
	const struct sheaf_row *row = &p->rows[nth];

	for (size_t i = nth + 1; row->gen_to != 0 && i < p->count &&
	    memcmp(p->rows[i].tag, row->tag, RIGHTS_TAG) == 0; i++)
		if (p->rows[i].person == row->person &&
		    p->rows[i].n == row->n && p->rows[i].gen_to != 0)
			return true;
	return false;
}

/*
 * Who leaves and comes back with every feed would fill a row, and equal tags
 * do not part: of the times that one tag named one person the last that ended
 * is kept. The earlier are seen by no generation any more.
 */
static void forget_ends(struct alias_page *p)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->count; i++)
		if (!is_earlier_end(p, i))
			p->rows[kept++] = p->rows[i];
	p->count = kept;
}

enum err alias_page_merge(
    struct alias_page *p, const struct sheaf_row *rows, unsigned count)
{
	size_t from = p->count, to = p->count + count;

	p->count = to;
	while (count > 0) {
		const struct sheaf_row *new = &rows[count - 1];
		int c = from > 0 ? sheaf_order(&p->rows[from - 1], new) : -1;

		if (c == 0 && p->rows[from - 1].gen_from == new->gen_from)
			return ERR_EXISTS;
		p->rows[--to] = c > 0 ? p->rows[--from] : *new;
		count -= c <= 0;
	}
	forget_ends(p);
	return ERR_OK;
}
