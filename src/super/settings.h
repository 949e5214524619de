/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DIR/ecluse.conf, which says what programs are started, and that it is a
 * drill. What is believed of it is what was judged: it is opened once, looked
 * at and read by that descriptor, and its text is kept until ports are settled.
 * Whoever puts another file in its place meanwhile changes nothing.
 */
#pragma once
#include "super/instance.h"

/*
 * Into in->settings and in->conf. ERR_REFUSED: others of this machine may write
 * it, or DIR; or root starts it, and somebody else may write it. ERR_UNKNOWN:
 * there is none; ERR_SHAPE and others: what is wrong in it.
 */
MUST_CHECK enum err settings_open(
    struct instance *in, struct instance_fault *fault);
/* The same text again, with the ports that were picked since (conf/conf.h). */
MUST_CHECK enum err settings_again(struct instance *in);
/*
 * Root gives away and widens what lies in the folder: whoever can rename a part
 * of its way could have that done to another. ERR_REFUSED.
 */
MUST_CHECK enum err settings_check_way(
    const struct instance *in, struct instance_fault *fault);
