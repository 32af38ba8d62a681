/* SPDX-License-Identifier: GPL-2.0 */
/* What pareto and synthetic share: random draws, and an end when all is lost. */
#ifndef PARETO_DRAW_H
#define PARETO_DRAW_H

#include <stdint.h>
#include <stdio.h>

void *need(void *memory);
FILE *open_or_die(const char *path, const char *mode);

/* The same ones wherever this runs. */
double random_fraction(void);
uint32_t random_below(uint32_t n);

/* Sums of 1, 1/2, 1/3, ..., to draw from; the caller frees them. */
double *zipf_sums(uint32_t n);
uint32_t zipf_draw(const double *sums, uint32_t n);

#endif
