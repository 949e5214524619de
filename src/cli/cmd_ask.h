/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

int cmd_ask(int argc, char **argv);
