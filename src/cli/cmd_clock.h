/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

int cmd_clock(int argc, char **argv);
