/* SPDX-License-Identifier: Apache-2.0 */
/* ecluse price: what a mutuelle pays, and why. */
#pragma once

int cmd_price(int argc, char **argv);
