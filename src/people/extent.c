/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>
#include "base/file.h"
#include "base/text.h"
#include "people/extent.h"

#define TEXT_MAX 1024

enum field { MEMBERS, INSURERS, SEED, DATE, FAMILIES, LAST, FIELDS };
static const char *const names[FIELDS] = {
    "members", "insurers", "seed", "date", "families", "last-persons"};

enum err extent_write(
    const struct plan *p, const struct extent *x, const struct folder *f)
{
	char date[DATE_TEXT_SIZE];
	FILE *file = NULL;
	enum err e = folder_create(f, EXTENT_FILE, &file);

	if (e)
		return e;
	date_format(p->day, date);
	fprintf(file, "%s %u\n%s %u\n%s %" PRIu64 "\n%s %s\n%s %u\n%s %u\n",
	    names[MEMBERS], p->members, names[INSURERS], p->insurers,
	    names[SEED], p->seed, names[DATE], date, names[FAMILIES],
	    x->families, names[LAST], x->last_persons);
	return folder_close(&file);
}

/* Takes the line of that field off the front. */
static enum err take(struct span *in, enum field field, struct span *ret)
{
	size_t n = strlen(names[field]);
	const uint8_t *lf = memchr(in->p, '\n', in->n);
	size_t line = lf ? (size_t)(lf - in->p) : 0;

	if (!lf || line <= n || memcmp(in->p, names[field], n) != 0 ||
	    in->p[n] != ' ')
		return ERR_SHAPE;
	*ret = span_of(in->p + n + 1, line - n - 1);
	*in = span_of(lf + 1, in->n - line - 1);
	return ERR_OK;
}

static enum err parse(struct span in, struct plan *plan, struct extent *ret)
{
	uint64_t v[FIELDS] = {0};
	int32_t day = 0;
	enum err e;

	for (unsigned i = 0; i < FIELDS; i++) {
		struct span value;

		e = take(&in, (enum field)i, &value);
		if (e)
			return e;
		e = i == DATE ? date_parse(value, &day) :
		    text_u64(value, i == SEED ? UINT64_MAX : UINT32_MAX, &v[i]);
		if (e)
			return e;
	}
	if (in.n > 0)
		return ERR_SHAPE;
	e = plan_make((uint32_t)v[MEMBERS], (uint32_t)v[INSURERS], v[SEED],
	    day, plan);
	if (!e)
		*ret = (struct extent){
		    (uint32_t)v[FAMILIES], (uint32_t)v[LAST]};
	return e;
}

enum err extent_read(
    const char *folder, struct plan *ret_plan, struct extent *ret)
{
	char path[PATH_MAX];
	struct buf text;
	enum err e = file_path(path, sizeof(path), folder, EXTENT_FILE);

	buf_init(&text, TEXT_MAX);
	if (!e)
		e = file_read(path, &text);
	if (!e)
		e = parse(buf_span(&text), ret_plan, ret);
	buf_release(&text);
	return e;
}
