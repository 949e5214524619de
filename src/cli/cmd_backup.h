/* SPDX-License-Identifier: Apache-2.0 */
/* ecluse backup, ecluse backup verify */
#pragma once

int cmd_backup(int argc, char **argv);
