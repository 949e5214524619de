/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proc/aside.h without a thread: what is begun is done when the test says so,
 * or when its owner waits for it. So a seed decides what is under way when
 * something else happens, and not the machine.
 */
#pragma once
#include "proc/aside.h"

/* What is under way, if anything, is over now. */
void late_aside_end(struct aside *a);
/* It is over without having been done, with this error. */
void late_aside_fail(struct aside *a, enum err e);
