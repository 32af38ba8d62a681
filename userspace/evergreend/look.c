// SPDX-License-Identifier: GPL-2.0
#include "look.h"

#include <errno.h>
#include <string.h>

#include "daemon.h"
#include "link.h"
#include "log.h"
#include "prefetch.h"
#include "session.h"

enum {
	AGAIN_MS	= 10,		/* it is being loaded */
	TROUBLE_MS	= 1000,		/* no memory, or the disk is going */
};

void look_open(struct daemon *d)
{
	int ret = evgnl_open(&d->look.nl);

	if (ret)
		log_info("no second netlink socket (%s): nothing is fetched that was not asked for",
			 strerror(-ret));
}

static void ask_again(uv_timer_t *timer)
{
	prefetch_go_on(timer->data);
}

void look_start(struct daemon *d)
{
	d->look.again.data = d;
	uv_timer_init(&d->loop, &d->look.again);
}

void look_at_settings(struct daemon *d)
{
	struct evgnl_disk disk;

	if (!d->look.nl || evgnl_get(d->look.nl, d->index, &disk) ||
	    disk.detect_ms == d->detect_ms)
		return;
	log_debug("detect is %u ms now", disk.detect_ms);
	link_set_detect(d, disk.detect_ms);
}

/* What was filled is told first, or it would be taken for absent. */
bool look_learn(struct daemon *d, uint64_t block)
{
	struct look *l = &d->look;
	struct evgnl_page page;
	int ret;

	if (!l->nl || l->refused)
		return false;
	session_flush(d);
	ret = evgnl_map(l->nl, d->index, block, &page);
	if (!ret)
		ret = present_learn(&d->prefetch.present, block, page.words);
	if (!ret)
		return true;
	if (ret != -EOPNOTSUPP && ret != -EPERM) {
		uv_timer_start(&l->again, ask_again,
			       ret == -EAGAIN ? AGAIN_MS : TROUBLE_MS, 0);
		return false;
	}
	l->refused = true;
	log_info("the kernel does not tell what is cached (%s): nothing is fetched that was not asked for",
		 evgnl_error(l->nl));
	return false;
}
