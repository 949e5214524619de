/* SPDX-License-Identifier: Apache-2.0 */
/* ecluse who; ecluse journal release; ecluse journal open. */
#pragma once

int cmd_who(int argc, char **argv);
int cmd_release(int argc, char **argv);
int cmd_journal_open(int argc, char **argv);	/* open_release.c */
