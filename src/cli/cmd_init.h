/* SPDX-License-Identifier: Apache-2.0 */
/* ecluse init DIR: a new instance, ready to be served. */
#pragma once

int cmd_init(int argc, char **argv);
