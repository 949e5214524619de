/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings that a command acts on as a start does: they name a token's module,
 * which it loads. They are judged as super judges them (conf/judged.h), and
 * what is read is what was judged.
 */
#pragma once
#include "base/buf.h"
#include "conf/conf.h"

/*
 * The text of DIR/ecluse.conf. Says what is wrong with it. ERR_REFUSED: others
 * of this machine may write it, or DIR; or root asks, and somebody else may
 * write it. ERR_UNKNOWN: there is none; ERR_SHAPE, ERR_LIMIT, ERR_IO.
 */
MUST_CHECK enum err believed_text(const char *dir, struct buf *out);
/* What it says, as conf_load takes it. ERR_REFUSED too: root asks, and somebody
 * else may rename a part of the way to DIR, which only a drill is let. */
MUST_CHECK enum err believed_conf(const char *dir, struct conf *ret);
