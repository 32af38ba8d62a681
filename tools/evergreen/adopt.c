// SPDX-License-Identifier: GPL-2.0
#include "adopt.h"

#include <limits.h>
#include <stdlib.h>

#include "evergreen.h"
#include "place.h"
#include "same_image.h"

/* The helper is told when all are stored: what it fetches first depends on all. */
static bool adopt(const struct place *place, struct function *f)
{
	char path[PATH_MAX], what[sizeof("the function ") + FUNCTION_NAME_MAX];

	snprintf(what, sizeof(what), "the function %s", f->name);
	if (same_image(place, f, what))
		return false;
	function_stamp(f, &place->header);
	if (!function_path(path, sizeof(path), place->home, f->name) &&
	    !function_save(f, path))
		return true;
	say_note("%s", function_error());
	return false;
}

static void adopt_all(const struct place *place)
{
	struct function *all;
	size_t i, n, late = 0;
	bool changed = false;

	if (function_load_all(place->home, &all, &n, NULL, NULL)) {
		say_note("%s", function_error());
		return;
	}
	for (i = 0; i < n; i++) {
		if (function_is_of(&all[i], &place->header))
			;
		else if (place->disk.state != EVG_LINK_ONLINE)
			late++;
		else
			changed |= adopt(place, &all[i]);
		function_free(&all[i]);
	}
	free(all);
	if (changed)
		place_tell_helper(place);
	if (late)
		say_note("evg%u: %zu functions were made with another cache; attach again with the link up to compare them",
			 place->disk.index, late);
}

void adopt_functions(struct evgnl *nl, uint32_t index)
{
	struct place place;

	if (!place_find(&place, nl, index))
		adopt_all(&place);
}
