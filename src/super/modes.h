/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What others of this machine may do in DIR (docs/operations.md, "What is in
 * the folder"): a careless chmod -R opens keys and counters to all of them, and
 * nothing shows it. Each start closes what is more open than it may be, and
 * says so; it opens nothing.
 */
#pragma once
#include "super/instance.h"

void modes_close(const struct instance *in);
