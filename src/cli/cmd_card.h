/* SPDX-License-Identifier: Apache-2.0 */
/* `ecluse card verify`: what a card token says and whether it holds, offline,
 * with the mutuelle's public card key alone. */
#pragma once

/* argv[0] is "card". Returns the exit status: 0 the token holds, 1 it does
 * not, 2 wrong usage (an unreadable key too), 5 output failed. */
int cmd_card(int argc, char **argv);
