/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

int cmd_close(int argc, char **argv);
int cmd_open(int argc, char **argv);
