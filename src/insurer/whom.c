/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "api/pin.h"
#include "base/file.h"
#include "base/text.h"
#include "insurer/whom.h"

#define TEXT_MOST 1024

enum err whom_of_key(
    const char *path, uint8_t ret[static HPKE_PUBLIC])
{
	struct buf text;
	size_t n = 0;
	enum err e;

	buf_init(&text, TEXT_MOST);
	e = file_read(path, &text);
	while (!e && text.n > 0 && text.p[text.n - 1] <= ' ')
		text.n--;
	if (!e)
		e = text_unb64(buf_span(&text), ret, HPKE_PUBLIC, &n);
	if (!e && n != HPKE_PUBLIC)
		e = ERR_SHAPE;
	buf_release(&text);
	return e;
}

enum err whom_of_pin(const char *path, uint8_t ret[static HPKE_PUBLIC])
{
	struct pin pin;
	enum err e = pin_load(path, &pin);

	if (e)
		return e;
	memcpy(ret, pin.sealing, HPKE_PUBLIC);
	pin_release(&pin);
	return ERR_OK;
}
