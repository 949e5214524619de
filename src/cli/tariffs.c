/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "cli/say.h"
#include "conf/share.h"
#include "cli/tariffs.h"

enum err tariffs_rules(struct tariffs *t, const char *folder)
{
	struct rules_fault fault;
	char path[PATH_MAX];
	enum err e;

	if (!folder) {
		share_path("data/rules", path, sizeof(path));
		folder = path;
	}
	e = rules_load(folder, &t->rules, &fault);
	if (e)
		say("%s/%s", folder, say_why(fault.words, e));
	return e;
}

/* The first plan that is not before a code's contract of that first day. */
static size_t place_of(const struct tariffs *t, const char *code, int32_t day)
{
	size_t low = 0, high = t->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct contract *c = price_plan_contract(t->plans[mid]);
		int order = strcmp(c->code, code);

		if (order < 0 || (order == 0 && c->from_day < day))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static enum err keep(struct tariffs *t, struct contract *c)
{
	struct contract **contracts;
	struct price_plan **plans, *plan;
	size_t at;
	enum err e;

	if (t->count == TARIFFS_MOST)
		return ERR_LIMIT;
	contracts = realloc(t->contracts, (t->count + 1) * sizeof(*contracts));
	if (!contracts)
		return ERR_NOMEM;
	t->contracts = contracts;
	plans = realloc(t->plans, (t->count + 1) * sizeof(*plans));
	if (!plans)
		return ERR_NOMEM;
	t->plans = plans;
	e = price_plan_new(c, t->rules, &plan);
	if (e)
		return e;
	at = place_of(t, c->code, c->from_day);
	memmove(plans + at + 1, plans + at, (t->count - at) * sizeof(*plans));
	plans[at] = plan;
	contracts[t->count++] = c;
	return ERR_OK;
}

enum err tariffs_contract(struct tariffs *t, const char *path)
{
	struct contract_fault fault = {0};
	struct contract *c = NULL;
	struct buf text;
	enum err e;

	buf_init(&text, CONTRACT_MOST);
	e = file_read(path, &text);
	if (e) {
		say("%s: cannot be read: %s", path, say_why(NULL, e));
	} else {
		e = contract_read(buf_span(&text), t->rules, &c, &fault);
		if (e)
			say("%s:%u:%u: %s", path, fault.line, fault.column,
			    say_why(fault.words, e));
	}
	buf_release(&text);
	if (e)
		return e;
	e = keep(t, c);
	if (e) {
		say("%s: %s", path, say_why(NULL, e));
		contract_free(c);
	}
	return e;
}

static int is_contract(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return dot && strcmp(dot, ".contract") == 0;
}

enum err tariffs_folder(struct tariffs *t, const char *folder)
{
	struct dirent **names;
	int n = scandir(folder, &names, is_contract, alphasort);
	enum err e = n < 0 ? ERR_UNKNOWN : ERR_OK;

	if (e)
		say("%s: cannot be read", folder);
	for (int i = 0; i < n; i++) {
		char path[PATH_MAX];

		if (!e)
			e = file_path(
			    path, sizeof(path), folder, names[i]->d_name);
		if (!e)
			e = tariffs_contract(t, path);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return e;
}

const struct price_plan *tariffs_plan(
    const struct tariffs *t, const char *code, int32_t day)
{
	const struct price_plan *last = NULL;

	if (!code[0]) {
		if (t->count != 1)
			return NULL;
		code = t->contracts[0]->code;
	}
	for (size_t i = place_of(t, code, INT32_MIN); i < t->count; i++) {
		const struct contract *c = price_plan_contract(t->plans[i]);

		if (strcmp(c->code, code) != 0)
			break;
		last = t->plans[i];
		if (c->from_day <= day && day <= c->to_day)
			break;
	}
	return last;
}

void tariffs_release(struct tariffs *t)
{
	for (size_t i = 0; i < t->count; i++) {
		price_plan_free(t->plans[i]);
		contract_free(t->contracts[i]);
	}
	free(t->plans);
	free(t->contracts);
	rules_free(t->rules);
	*t = (struct tariffs){NULL};
}
