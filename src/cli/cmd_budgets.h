/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

int cmd_budgets(int argc, char **argv);
