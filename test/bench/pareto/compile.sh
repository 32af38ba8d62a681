#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Things that one does with a compiler, the most frequent first.
#
# usage: compile.sh            print their names
#        compile.sh NAME A|B   do it, with the one or the other input
set -e

# A C program for each input.
c_program()
{
	case $1 in
	A)	cat <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(int argc, char **argv)
{
	qsort(argv, (size_t)argc, sizeof(*argv), compare);
	printf("%d %s\n", argc, argv[0]);
	return 0;
}
END
		;;
	B)	cat <<'END'
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	char line[100];
	int letters = 0, n = snprintf(line, sizeof(line), "pid %d", getpid());

	for (int i = 0; i < n; i++)
		letters += isalpha((unsigned char)line[i]) != 0;
	errno = 0;
	puts(line);
	return letters != 3;
}
END
		;;
	esac
}

cxx_program()
{
	case $1 in
	A)	cat <<'END'
#include <iostream>
#include <string>
#include <vector>

int main()
{
	std::vector<std::string> words = { "one", "two" };

	for (const auto &word : words)
		std::cout << word << '\n';
}
END
		;;
	B)	cat <<'END'
#include <iomanip>
#include <iostream>
#include <sstream>

int main()
{
	std::istringstream in("3 4 5");
	int sum = 0, n;

	while (in >> n)
		sum += n;
	std::cout << std::setw(5) << sum << std::endl;
	return sum != 12;
}
END
		;;
	esac
}

containers()
{
	case $1 in
	A)	cat <<'END'
#include <algorithm>
#include <map>
#include <memory>
#include <string>

int main()
{
	std::map<std::string, std::unique_ptr<int>> map;

	map["a"] = std::make_unique<int>(1);
	return std::count_if(map.begin(), map.end(),
			     [](auto &p) { return *p.second != 1; });
}
END
		;;
	B)	cat <<'END'
#include <functional>
#include <numeric>
#include <set>
#include <unordered_map>
#include <vector>

int main()
{
	std::unordered_map<int, std::set<int>> map;
	std::vector<int> list(10);

	std::iota(list.begin(), list.end(), 0);
	for (int n : list)
		map[n % 3].insert(n);
	return std::accumulate(list.begin(), list.end(), 0, std::plus<int>()) != 45;
}
END
		;;
	esac
}

concurrent()
{
	case $1 in
	A)	cat <<'END'
#include <pthread.h>
#include <stdatomic.h>

static atomic_int sum;

static void *work(void *arg)
{
	atomic_fetch_add(&sum, (int)(long)arg);
	return 0;
}

int main(void)
{
	pthread_t thread[2];

	for (long i = 0; i < 2; i++)
		pthread_create(&thread[i], 0, work, (void *)i);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], 0);
	return sum != 1;
}
END
		;;
	B)	cat <<'END'
#include <arpa/inet.h>
#include <netinet/in.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/socket.h>

int main(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	sem_t sem;

	signal(SIGPIPE, SIG_IGN);
	sem_init(&sem, 0, 1);
	sem_wait(&sem);
	return inet_pton(AF_INET, "127.0.0.1", &to.sin_addr) != 1;
}
END
		;;
	esac
}

numbers()
{
	case $1 in
	A)	cat <<'END'
#include <complex.h>
#include <math.h>
#include <stdint.h>

int main(int argc, char **argv)
{
	double complex z = argc * I;
	uint64_t sum = 0;

	(void)argv;
	for (int i = 0; i < 1000; i++)
		sum += (uint64_t)lround(sqrt(i) * cabs(z));
	return sum == 0;
}
END
		;;
	B)	cat <<'END'
#include <fenv.h>
#include <float.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>

int main(void)
{
	float list[64];

	for (int i = 0; i < 64; i++)
		list[i] = powf((float)i, 1.5f) + FLT_EPSILON;
	fesetround(FE_UPWARD);
	printf("%" PRId64 " %d\n", (int64_t)nearbyintf(list[9]), INT_MAX);
	return 0;
}
END
		;;
	esac
}

do_hello()	# compile and run
{
	c_program "$1" >p.c
	gcc -Wall -o p p.c
	./p
}

do_optimise()
{
	c_program "$1" >p.c
	gcc -O2 -Wall -Wextra -o p p.c
	./p
}

do_cxx()
{
	cxx_program "$1" >p.cc
	g++ -Wall -o p p.cc
	./p
}

do_objects()	# compile apart, then link
{
	c_program "$1" >p.c
	echo 'int twice(int n) { return 2 * n; }' >q.c
	gcc -O2 -c p.c
	gcc -O2 -c q.c
	gcc -o p p.o q.o
	./p
}

do_containers()
{
	containers "$1" >p.cc
	g++ -O1 -o p p.cc
	./p
}

do_debug()
{
	c_program "$1" >p.c
	gcc -g -O0 -o p p.c
	case $1 in
	A)	readelf -w p | grep -q DW_TAG ;;
	B)	readelf -S p | grep -q debug_info
		addr2line -e p -f 0x1139 ;;
	esac
}

do_threads()
{
	concurrent "$1" >p.c
	gcc -O2 -pthread -o p p.c
	./p
}

do_library()
{
	c_program "$1" >p.c
	echo 'int twice(int n) { return 2 * n; }' >q.c
	gcc -O2 -fPIC -c q.c
	case $1 in
	A)	gcc -shared -o libq.so q.o
		gcc -o p p.c -L. -lq ;;
	B)	ar rcs libq.a q.o
		gcc -o p p.c -L. -lq
		./p ;;
	esac
}

do_numbers()
{
	numbers "$1" >p.c
	gcc -O3 -march=x86-64-v2 -o p p.c -lm
}

do_look()	# inside an object
{
	c_program "$1" >p.c
	gcc -O2 -c p.c
	case $1 in
	A)	objdump -d p.o | grep -q main
		nm p.o ;;
	B)	objdump -hr p.o | grep -q text
		size p.o ;;
	esac
}

do_preprocess()
{
	concurrent "$1" >p.c
	case $1 in
	A)	gcc -E p.c | wc -l ;;
	B)	gcc -M p.c | wc -l ;;
	esac
}

do_assemble()
{
	c_program "$1" >p.c
	gcc -O2 -S p.c
	as -o p.o p.s
	gcc -o p p.o
	./p
}

do_lto()
{
	c_program "$1" >p.c
	echo 'int twice(int n) { return 2 * n; }' >q.c
	gcc -O2 -flto -o p p.c q.c
	./p
}

do_strip()
{
	c_program "$1" >p.c
	gcc -O2 -o p p.c
	case $1 in
	A)	strip p ;;
	B)	objcopy --strip-debug p q
		strings q | wc -l ;;
	esac
}

do_coverage()
{
	c_program "$1" >p.c
	gcc --coverage -c p.c
	gcc --coverage -o p p.o
	./p
	case $1 in
	A)	gcov p.c | grep -q executed ;;
	B)	gcov -b p.c | grep -q executed ;;
	esac
}

do_sanitize()
{
	c_program "$1" >p.c
	case $1 in
	A)	gcc -fsanitize=undefined -o p p.c ;;
	B)	gcc -fsanitize=undefined -O1 -fno-sanitize-recover -o p p.c ;;
	esac
	./p
}

if [ $# -eq 0 ]; then
	sed -n 's/^do_\([a-z_]*\)().*/\1/p' "$0"
	exit
fi
mkdir -p /tmp/compile
cd /tmp/compile
rm -f -- *
"do_$1" "$2"
