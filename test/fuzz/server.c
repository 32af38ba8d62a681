// SPDX-License-Identifier: GPL-2.0
/*
 * The helper's side of NBD against a server that lies (lie.h): at each byte of
 * what it sends, and in each way that it knows.  No lie but one about payload
 * may put a wrong byte into a read that succeeds, nor give another image for
 * the one that the cache holds.  Built with sanitizers, and run, by
 * test/fuzz/server.
 *
 * usage: server EVERY DIRECTORY
 *   a lie at each byte of framing and at every EVERYth of payload; the cache
 *   and the socket are made in DIRECTORY
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "lie.h"
#include "prove.h"
#include "source.h"

enum {
	IMAGE_BYTES	= 2 << 20,
	STREAM_MAX	= 4 << 20,
	READS		= 5,
	WAIT_MS		= 2000,
};

/* What both processes see. */
static struct shared {
	struct lie lie;
	uint64_t bytes;			/* of the stream without a lie */
	uint8_t is_payload[STREAM_MAX];
} *shared;

static const struct {
	uint64_t offset;
	uint32_t bytes;
} asked[READS] = {
	{ 0, 4096 },
	{ 64 << 10, 128 << 10 },
	{ LIE_HOLE_FIRST - 65536, 128 << 10 },	/* half of it a hole */
	{ 1536 << 10, 300 << 10 },		/* in two requests */
	{ 20480, 20480 },
};

struct outcome {
	struct source_request request;
	bool over;
	int error;
};

static struct cache cache;
static struct {
	unsigned long cases, refused, stale, broke, failed, right, wrong, zeroes;
} count;
static char uri[4096];

static void note_sent(uint64_t at, bool is_payload, void *arg)
{
	(void)arg;
	if (at >= STREAM_MAX)
		return;
	shared->is_payload[at] = is_payload;
	shared->bytes = at + 1;
}

static void serve(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), fd;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (bind(listener, (void *)&address, sizeof(address)) ||
	    listen(listener, 16)) {
		perror("server");
		_exit(1);
	}
	for (;;) {
		fd = accept(listener, NULL, NULL);
		if (fd >= 0)
			lie_serve(&shared->lie, fd);
	}
}

static void ended(struct source_request *r, int error)
{
	struct outcome *o = (struct outcome *)r;

	if (o->over)
		abort();
	o->over = true;
	o->error = error;
}

/* A hole outside what was asked would make blocks zero that are not. */
static void said_zero(struct source_request *r, uint64_t offset, uint64_t bytes)
{
	count.zeroes++;
	if (offset < r->offset || bytes > UINT32_MAX)
		count.wrong++;
}

static void judge(struct outcome *o, int n, bool may_be_wrong)
{
	static char right[512 << 10];
	int i;

	for (i = 0; i < n; i++) {
		struct source_request *r = &o[i].request;

		if (!o[i].over || o[i].error) {
			count.failed++;
			continue;
		}
		lie_image(r->offset, right, r->bytes);
		if (!r->buf || !memcmp(right, r->buf, r->bytes)) {
			count.right++;
		} else if (!may_be_wrong) {
			count.wrong++;
			printf("# wrong bytes in read %d after lie %d at %llu, value %u\n", i,
			       shared->lie.how, (unsigned long long)shared->lie.at,
			       shared->lie.value);
		}
	}
}

static bool all_over(const struct outcome *o, int n)
{
	while (n--)
		if (!o[n].over)
			return false;
	return true;
}

/* Several reads and a question at once, as the helper does. */
static int read_all(struct source *s, struct outcome *o)
{
	int i, ret = 0;

	for (i = 0; i < READS && !ret; i++)
		ret = s->ops->submit(s, &o[i].request);
	if (!ret && s->tells_zeroes)
		ret = s->ops->submit(s, &o[READS].request);
	else
		o[READS].over = true;
	while (!ret && !all_over(o, READS + 1))
		ret = s->ops->wait(s, WAIT_MS);
	return ret;
}

static void use(struct source *s, bool may_be_wrong)
{
	struct outcome o[READS + 1] = { 0 };
	int i;

	for (i = 0; i < READS; i++) {
		o[i].request.offset = asked[i].offset;
		o[i].request.bytes = asked[i].bytes;
		o[i].request.done = ended;
		/* Nothing of the last case may look right. */
		o[i].request.buf = malloc(asked[i].bytes);
		memset(o[i].request.buf, 0xa5, asked[i].bytes);
	}
	o[READS].request.offset = 512 << 10;
	o[READS].request.bytes = 1 << 20;
	o[READS].request.zeroes = said_zero;
	o[READS].request.done = ended;
	count.broke += !!read_all(s, o);
	/* What is under way when it is closed is never heard of again. */
	s->ops->close(s);
	judge(o, READS, may_be_wrong);
	for (i = 0; i < READS; i++)
		free(o[i].request.buf);
}

static void attempt(bool may_be_wrong)
{
	char why[512] = "";
	struct source *s = source_nbd.open(uri, why, sizeof(why));
	uint32_t checked;
	int ret;

	count.cases++;
	if (!s) {
		count.refused++;
		if (!*why || strchr(why, '\n'))
			abort();
		return;
	}
	ret = prove_fingerprint(s, &cache, &checked, why, sizeof(why));
	if (!ret && s->size_bytes != IMAGE_BYTES)
		abort();
	count.stale += ret == -ESTALE;
	count.broke += ret && ret != -ESTALE;
	if (!ret)
		use(s, may_be_wrong);
	else
		s->ops->close(s);
}

static void tell(enum lie_how how, uint64_t at, uint8_t value)
{
	bool is_payload = how < LIE_BYTES && shared->is_payload[at];
	/* A byte more or less in the number before payload shifts what follows. */
	bool shifts = (how == LIE_DROP || how == LIE_TWICE) &&
		      at + 8 < shared->bytes && shared->is_payload[at + 8];
	bool may_be_wrong = shifts ||
			    (is_payload && how != LIE_CUT && how != LIE_STALL);

	shared->lie.how = how;
	shared->lie.at = at;
	shared->lie.value = value;
	attempt(may_be_wrong);
}

static void at_each_byte(unsigned int every)
{
	static const uint8_t bits[] = { 1, 2, 4, 8, 16, 32, 64, 128, 255 };
	uint64_t at;
	size_t i;

	for (at = 0; at < shared->bytes; at++) {
		if (shared->is_payload[at] && at % every)
			continue;
		for (i = 0; i < sizeof(bits); i++)
			tell(LIE_FLIP, at, bits[i]);
		tell(LIE_CUT, at, 0);
		tell(LIE_DROP, at, 0);
		tell(LIE_TWICE, at, 0);
		tell(LIE_NOISE, at, 0);
	}
	/* Silence takes seconds each. */
	for (at = 0; at < shared->bytes; at += shared->bytes / 8)
		tell(LIE_STALL, at, 0);
	tell(LIE_STALL, 20, 0);
}

/* A cache whose fingerprint the honest server gives. */
static void make_cache(const char *dir)
{
	struct fingerprint f;
	char path[4096], why[512];
	struct source *s = source_nbd.open(uri, why, sizeof(why));

	snprintf(path, sizeof(path), "%s/cache", dir);
	if (!s || prove_measure(s, &f, why, sizeof(why)) ||
	    cache_create(path, IMAGE_BYTES, f.sample, f.hash, f.samples, false) ||
	    cache_open(&cache, path, false)) {
		fprintf(stderr, "server: %s %s\n", why, cache_error());
		exit(1);
	}
	s->ops->close(s);
}

int main(int argc, char **argv)
{
	char path[80];
	pid_t server;
	int how;

	if (argc != 3) {
		fputs("usage: server EVERY DIRECTORY\n", stderr);
		return 64;
	}
	signal(SIGPIPE, SIG_IGN);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	shared->lie.image_bytes = IMAGE_BYTES;
	shared->lie.sent = note_sent;
	snprintf(path, sizeof(path), "%s/socket", argv[2]);
	snprintf(uri, sizeof(uri), "nbd+unix:///?socket=%s", path);
	server = fork();
	if (!server)
		serve(path);
	while (access(path, F_OK))
		usleep(1000);
	usleep(10000);
	make_cache(argv[2]);
	attempt(false);
	if (count.right != READS) {
		fputs("server: an honest server must be believed\n", stderr);
		return 1;
	}
	shared->lie.sent = NULL;
	at_each_byte(strtoul(argv[1], NULL, 0));
	for (how = LIE_BYTES; how < LIE_MEANT; how++)
		tell(how, 0, 0);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	cache_close(&cache);
	printf("stream=%llu cases=%lu refused=%lu stale=%lu broke=%lu",
	       (unsigned long long)shared->bytes, count.cases, count.refused,
	       count.stale, count.broke);
	printf(" failed=%lu right=%lu wrong=%lu zeroes=%lu\n", count.failed,
	       count.right, count.wrong, count.zeroes);
	return count.wrong || !count.zeroes;
}
