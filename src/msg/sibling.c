/* SPDX-License-Identifier: Apache-2.0 */
#include "msg/field.h"
#include "msg/sibling.h"

void sibling_pack(const struct sibling *s, uint8_t out[static SIBLING_SIZE])
{
	out[0] = s->kind;
	out[1] = s->nth;
}

enum err sibling_unpack(struct span in, struct sibling *ret)
{
	struct reader r = reader_of(in);
	struct sibling s;
	enum err e = ERR_OK;

	s.kind = field_range(read_u8(&r), SIBLING_GATE, SIBLING_VAULT, &e);
	s.nth = read_u8(&r);
	e = field_end(&r, e);
	if (!e)
		*ret = s;
	return e;
}
