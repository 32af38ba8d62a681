// SPDX-License-Identifier: GPL-2.0
/* evergreend: the helper of one disk.  From the cache to BIND, then the loop. */
#include <errno.h>
#include <gnutls/gnutls.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "attempt.h"
#include "credentials.h"
#include "daemon.h"
#include "home.h"
#include "link.h"
#include "log.h"
#include "privilege.h"
#include "prove.h"
#include "punch.h"
#include "session.h"

enum {
	MEASURE_S	= 20,		/* for a new cache the server is needed */
	READY_MS	= 5000,
};

/* The first contact, for a new cache.  Static: its thread may be left behind. */
static struct measure {
	const struct source_ops *ops;
	const char *uri;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool has_ended;
	int error;
	uint64_t image_bytes;
	struct fingerprint fingerprint;
	char why[WHY_MAX];
} measure = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.ended = PTHREAD_COND_INITIALIZER,
};

static struct daemon the_daemon;

uint64_t daemon_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

static void answer(struct daemon *d, const char *line)
{
	if (d->ready_fd < 0)
		return;
	if (dprintf(d->ready_fd, "%s\n", line) < 0)
		log_debug("nobody reads --ready-fd");
	close(d->ready_fd);
	d->ready_fd = -1;
}

void daemon_ready(struct daemon *d, const char *state, const char *why)
{
	char line[WHY_MAX + 64];

	snprintf(line, sizeof(line), "ok /dev/evg%u %s%s%s", d->index, state,
		 why ? ": " : "", why ? why : "");
	answer(d, line);
}

/* Threads may still be about, so nothing is torn down. */
void daemon_exit(struct daemon *d, int status)
{
	if (d->session.nl)
		session_flush(d);
	ledger_save(d);
	working_set_save(d);
	heats_end(d);
	control_close(d);
	_exit(status);
}

__attribute__((__noreturn__))
static void refuse(struct daemon *d, const char *why)
{
	char line[5000];

	if (d->made != MADE_NOTHING)
		cache_unmake(d->options.cache, d->made == MADE_ALL);
	fprintf(stderr, "evergreend: %s\n", why);
	snprintf(line, sizeof(line), "error %s", why);
	answer(d, line);
	_exit(1);
}

/* A server behind a Unix socket is a file that may be another user's. */
static bool names_a_file(const char *uri)
{
	return strstr(uri, "+unix:");
}

/* What a server says is for a thread that can do no harm, at first contact, too. */
static void *measure_run(void *arg)
{
	struct measure *m = arg;
	struct source *s = NULL;
	int error = -ENOTCONN;

	if (privilege_drop(names_a_file(m->uri)))
		s = m->ops->open(m->uri, m->why, sizeof(m->why));
	else
		snprintf(m->why, sizeof(m->why), "privileges cannot be given away");
	if (s) {
		m->image_bytes = s->size_bytes;
		error = prove_measure(s, &m->fingerprint, m->why,
				      sizeof(m->why));
		s->ops->close(s);
	}
	pthread_mutex_lock(&m->lock);
	m->error = error;
	m->has_ended = true;
	pthread_cond_signal(&m->ended);
	pthread_mutex_unlock(&m->lock);
	return NULL;
}

static void make_cache(struct daemon *d)
{
	struct measure *m = &measure;
	char why[WHY_MAX + 64];
	enum daemon_made made;
	struct timespec end;
	int ret = 0;

	m->ops = d->ops;
	m->uri = d->options.uri;
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += MEASURE_S;
	if (attempt_thread(measure_run, m))
		refuse(d, "no thread can be made");
	pthread_mutex_lock(&m->lock);
	while (!m->has_ended && !ret)
		ret = pthread_cond_timedwait(&m->ended, &m->lock, &end);
	if (!m->has_ended)
		refuse(d, "a new cache needs the server, and its name server does not answer");
	pthread_mutex_unlock(&m->lock);
	if (m->error) {
		snprintf(why, sizeof(why), "a new cache needs the server: %s",
			 m->why);
		refuse(d, why);
	}
	made = access(d->options.cache, F_OK) ? MADE_ALL : MADE_FILES;
	if (cache_create(d->options.cache, m->image_bytes,
			 m->fingerprint.sample, m->fingerprint.hash,
			 m->fingerprint.samples, d->options.overwrite))
		refuse(d, cache_error());
	d->made = made;
}

struct search {
	const struct daemon *daemon;
	int same_cache;			/* index, or -1 */
	bool index_taken;
};

static int look_at(const struct evgnl_disk *disk, void *arg)
{
	struct search *s = arg;

	if (!memcmp(disk->uuid, s->daemon->cache.header.uuid,
		    sizeof(disk->uuid)))
		s->same_cache = (int)disk->index;
	if ((int)disk->index == s->daemon->options.index)
		s->index_taken = true;
	return 0;
}

static void add_disk(struct daemon *d, struct evgnl *nl)
{
	struct evgnl_add add = {
		.index = d->options.index,
		.clean_fd = d->cache.clean_fd,
		.map_fd = d->cache.map_fd,
		.grace_ms = d->options.grace_ms,
		.detect_ms = d->options.detect_ms,
		.source = d->options.source,
		.cache = d->cache.path,
	};

	if (evgnl_add(nl, &add, &d->index)) {
		cache_end_use(&d->cache);
		refuse(d, evgnl_error(nl));
	}
}

/* From here on a copy of the cache is not to be believed. */
static void take_cache(struct daemon *d)
{
	int ret;

	cache_close(&d->cache);
	if (cache_open(&d->cache, d->options.cache, false))
		refuse(d, cache_error());
	ret = cache_begin_use(&d->cache);
	if (ret < 0)
		refuse(d, cache_error());
	if (ret)
		log_info("%s; what it held is fetched again", cache_error());
}

/* The disk was there already: its settings change only where asked, and not
 * before it is ours.
 */
static void set_disk(struct daemon *d)
{
	const struct options *o = &d->options;
	struct evgnl *nl;

	if (evgnl_open(&nl))
		refuse(d, "no netlink to the evergreen module");
	if (o->has_grace && evgnl_set_grace(nl, d->index, o->grace_ms))
		refuse(d, evgnl_error(nl));
	if (o->has_detect && evgnl_set_detect(nl, d->index, o->detect_ms))
		refuse(d, evgnl_error(nl));
	if (o->has_detect)
		d->detect_ms = o->detect_ms;
	evgnl_close(nl);
}

/* A damaged one is none when it may be overwritten. */
static int find_cache(struct daemon *d)
{
	const struct options *o = &d->options;
	int ret = cache_exists(o->cache);

	if (ret > 0 && o->overwrite) {
		ret = cache_open_attached(&d->cache, o->cache);
		if (!ret)
			cache_close(&d->cache);
		return ret == -EUCLEAN ? 0 : ret ? ret : 1;
	}
	return ret;
}

/* The cache is opened without its lock first, for the kernel has the lock when
 * the disk is attached, and the cache's uuid tells whether it is.
 */
static void get_disk(struct daemon *d)
{
	struct search search = { .daemon = d, .same_cache = -1 };
	const struct options *o = &d->options;
	char why[4600];
	struct evgnl *nl;
	int ret;

	ret = evgnl_open(&nl);
	if (ret == -ENOENT)
		refuse(d, "the evergreen module is not loaded; run 'modprobe evergreen'");
	if (ret)
		refuse(d, "no netlink to the evergreen module");
	ret = find_cache(d);
	if (!ret)
		make_cache(d);
	if (ret < 0 || cache_open_attached(&d->cache, o->cache))
		refuse(d, cache_error());
	if (home_open(d, why, sizeof(why)))
		refuse(d, why);
	if (evgnl_dump(nl, look_at, &search))
		refuse(d, evgnl_error(nl));
	if (search.same_cache >= 0 && o->index >= 0 &&
	    search.same_cache != o->index) {
		snprintf(why, sizeof(why),
			 "%s is attached as /dev/evg%d; detach that, or leave out --name",
			 o->cache, search.same_cache);
		refuse(d, why);
	}
	if (search.same_cache < 0 && search.index_taken) {
		snprintf(why, sizeof(why),
			 "/dev/evg%d is there with another cache; choose another name",
			 o->index);
		refuse(d, why);
	}
	d->adopted = search.same_cache >= 0;
	if (d->adopted) {
		d->index = (uint32_t)search.same_cache;
	} else {
		take_cache(d);
		add_disk(d, nl);
	}
	d->made = MADE_NOTHING;
	evgnl_close(nl);
}

static void asked_to_end(uv_signal_t *handle, int signal)
{
	(void)signal;
	log_info("asked to end; the disk stays, and serves what is cached");
	daemon_exit(handle->data, 0);
}

static void waited_enough(uv_timer_t *timer)
{
	daemon_ready(timer->data, "offline",
		     "the server has not answered yet");
}

static void serve(struct daemon *d)
{
	static uv_signal_t term, interrupt;

	uv_loop_init(&d->loop);
	term.data = d;
	interrupt.data = d;
	d->ready_timer.data = d;
	uv_signal_init(&d->loop, &term);
	uv_signal_init(&d->loop, &interrupt);
	uv_signal_start(&term, asked_to_end, SIGTERM);
	uv_signal_start(&interrupt, asked_to_end, SIGINT);
	uv_timer_init(&d->loop, &d->ready_timer);
	uv_timer_start(&d->ready_timer, waited_enough, READY_MS, 0);
	session_start(d);
	look_start(d);
	ledger_start(d);
	working_set_start(d, d->adopted);
	reload_start(d);
	control_start(d);
	keep_start(d);
	compare_start(d);
	heats_start(d);
	link_start(d);
	uv_run(&d->loop, UV_RUN_DEFAULT);
}

int main(int argc, char **argv)
{
	struct daemon *d = &the_daemon;
	char why[4900], name[16];

	gnutls_global_init();
	options_parse(&d->options, argc, argv);
	log_init("evergreend", d->options.verbose);
	signal(SIGPIPE, SIG_IGN);
	srandom((unsigned int)daemon_now());
	d->ready_fd = d->options.ready_fd;
	d->ops = source_find(d->options.uri);
	if (!d->ops)
		refuse(d, "the URI begins with none of nbd://, nbds://, nbd+unix:// and nbds+unix://");
	if (keep_refuses(d->options.cache, d->options.quota_bytes))
		refuse(d, keep_refuses(d->options.cache, d->options.quota_bytes));
	if (!names_a_file(d->options.uri) &&
	    !credentials_can_be_read(d->options.uri, why, sizeof(why)))
		refuse(d, why);
	get_disk(d);
	snprintf(name, sizeof(name), "evg%u", d->index);
	log_init(name, d->options.verbose);
	if (d->cache.read_only)
		log_info("%s is read-only; what is fetched is not kept",
			 d->cache.path);
	plan_init(&d->plan, d->cache.blocks);
	zeroes_init(&d->zeroes);
	if (prefetch_open(d) || compare_open(d))
		refuse(d, "no memory");
	if (session_open(d, why, sizeof(why)))
		refuse(d, why);
	if (d->adopted)
		set_disk(d);
	/* nothing is punched where nothing is written */
	if (!d->cache.read_only && punch_claim(&d->cache, why, sizeof(why)))
		refuse(d, why);
	heats_open(d);
	look_open(d);
	/* The kernel tells of the map by who opened these; without, nothing is kept. */
	if (evgnl_open(&d->keep.nl) || evgnl_open(&d->compare.nl))
		refuse(d, "no netlink to the evergreen module");
	control_open(d);
	privilege_settle();
	if (!privilege_drop(names_a_file(d->options.uri)))
		refuse(d, "the privileges that are not needed any more cannot be given away");
	serve(d);
	return 0;
}
