/* SPDX-License-Identifier: Apache-2.0 */
#include "msg/order.h"

struct row {
	enum order_rule rule;	/* 0: not in the table */
	unsigned of;
	uint32_t most;
	unsigned after;
};

static const struct row table[ORDER_CODES] = {
#define X(name, rule, of, most, after) [name] = {ORDER_##rule, of, most, after},
    ORDER_LIST(X)
#undef X
};

#define X(name, code, from, to, least, most)                                  \
	_Static_assert((code) < ORDER_CODES, #name);
MSG_LIST(X)
#undef X

enum err order_check(const struct order *o, unsigned type)
{
	const struct row *row = &table[type < ORDER_CODES ? type : 0];

	if (row->after && !o->said[row->after])
		return ERR_STATE;
	switch (row->rule) {
	case ORDER_TELL:
		return ERR_OK;
	case ORDER_ONCE:
		return o->said[type] ? ERR_STATE : ERR_OK;
	case ORDER_ASK:
		return o->owed[row->of] <
		    (row->most ? row->most : UINT32_MAX) ? ERR_OK : ERR_STATE;
	case ORDER_ANSWER:
	case ORDER_ALIVE:
		return o->owed[row->of] > 0 ? ERR_OK : ERR_STATE;
	}
	return ERR_STATE;
}

void order_said(struct order *o, unsigned type)
{
	const struct row *row = &table[type];

	o->said[type] = true;
	if (row->rule == ORDER_ASK)
		o->owed[row->of]++;
	else if (row->rule == ORDER_ANSWER)
		o->owed[row->of]--;
}
