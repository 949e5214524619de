/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What retention is over goes: openings, rights, persons. */
int cmd_purge(int argc, char **argv);
