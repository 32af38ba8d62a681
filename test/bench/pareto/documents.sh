#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Work on documents and tables: reports, conversions, versions.  The most
# frequent first.
#
# usage: documents.sh            print their names
#        documents.sh NAME A|B   do it, with the one or the other input
set -e

# A table of people, towns and numbers, 400 lines, another for each input.
table()
{
	case $1 in
	A)	seq 400 | sed 's/.*/name&,town&,&/; s/town[0-9]*\([0-9]\),/town\1,/' ;;
	B)	seq 3 402 | sed 's/.*/& \/page&.html 200 1&/; s/page[0-9]*\([0-9]\)\./page\1./' ;;
	esac
}

# A document in POD, another for each input.
pod()
{
	cat <<END
=encoding utf8

=head1 NAME

document $1 - about something

=head1 TEXT

A paragraph with B<bold>, I<italic> and C<code>; see L<perlpod(1)>.

END
	case $1 in
	A)	printf '=over 4\n\n=item * one\n\n=item * two\n\n=back\n\n' ;;
	B)	printf '=head2 Example\n\n\tindented S<no break> E<lt>\n\n=for html <hr>\n\n' ;;
	esac
	echo "=cut"
}

# A repository with two commits.
repository()
{
	git init -q .
	git config user.name Me
	git config user.email me@example.org
	table A >list
	pod A >document
	git add .
	git commit -q -m "Add them"
	sed -i 's/town3/city3/' list
	git commit -q -a -m "Rename a town"
}

do_report()
{
	case $1 in
	A)	table A | awk -F , '{ n[$2] += $3 } END { for (t in n) print t, n[t] }' |
			sort | head -n 3 ;;
	B)	table B | awk '{ n[$2]++ } END { for (p in n) print n[p], p }' |
			sort -rn | tail -n 3 ;;
	esac
}

do_search()
{
	case $1 in
	A)	table A | grep -c 'town[37]' ;;
	B)	table B | sed -n 's/.*page\([0-9]\).*/\1/p' | uniq -c | wc -l ;;
	esac
}

do_commit()
{
	repository
	case $1 in
	A)	echo more >>document
		git status --short
		git diff | wc -l
		git commit -q -a -m "Add more" ;;
	B)	git mv document paper
		git commit -q -m "Rename the document"
		git status ;;
	esac
}

do_query()
{
	case $1 in
	A)	table A >t.csv
		sqlite3 t.db "create table t(name, town, n int)" ".mode csv" \
			".import t.csv t" \
			"select town, sum(n) from t group by town limit 3" ;;
	B)	table B | tr ' ' , >t.csv
		sqlite3 t.db "create table v(n int, page, status int, bytes int)" \
			"create index i on v(page)" ".mode csv" ".import t.csv v" \
			".mode markdown" \
			"select page, count(*) c from v where n > 9 group by page order by c limit 3" ;;
	esac
}

do_text()
{
	pod "$1" >d.pod
	pod2text d.pod | grep -q document
}

do_history()
{
	repository
	case $1 in
	A)	git log -p | wc -l
		git blame list | tail -n 1 ;;
	B)	git log --stat --graph | wc -l
		git show HEAD:document | wc -l ;;
	esac
}

do_html()
{
	pod "$1" >d.pod
	pod2html --infile=d.pod --outfile=d.html --cachedir=.
	grep -q '<h1' d.html
}

do_replace()
{
	case $1 in
	A)	table A | perl -pe 's/(\d+)$/$1 * 2/e' | tail -n 1 ;;
	B)	pod B | perl -CSD -Mutf8 -ne 'print ucfirst lc if /\w/' | wc -l ;;
	esac
}

do_json()
{
	case $1 in
	A)	echo '{"b":[1,2,{"c":null}],"a":"x"}' | json_pp ;;
	B)	echo '[{"n":1.5},true,"\u00e9"]' | json_pp -json_opt utf8,canonical,pretty ;;
	esac
}

do_compare()
{
	table A >a
	sed 's/town3/city3/' a >b
	case $1 in
	A)	diff -u a b | wc -l ;;
	B)	diff -y --suppress-common-lines a b | wc -l
		cmp a b || true ;;
	esac
}

do_manual()
{
	pod "$1" >d.pod
	pod2man --name=D d.pod | grep -q '^\.SH'
}

do_merge()
{
	repository
	git checkout -q -b other HEAD~1
	sed -i 's/town5/city5/' list
	git commit -q -a -m "Rename another"
	case $1 in
	A)	git merge -q -m Merge master ;;
	B)	git rebase -q master ;;
	esac
	git log --oneline | wc -l
}

do_encode()
{
	case $1 in
	A)	printf 'caf\351\n' | piconv -f iso-8859-1 -t utf8 ;;
	B)	printf 'caf\303\251\n' | piconv -f utf8 -t cp1252 | od -c ;;
	esac
}

do_sum()
{
	case $1 in
	A)	table A | sha256sum
		echo 'scale=20; e(1)' | bc -l ;;
	B)	table B | md5sum
		echo '2^200 % 1009' | bc ;;
	esac
}

do_join()
{
	table A | sort -t , -k 2 >a
	case $1 in
	A)	printf 'town1,North\ntown2,South\n' | join -t , -2 2 - a | wc -l ;;
	B)	cut -d , -f 2 a | paste -d : - a | shuf | fmt | wc -l ;;
	esac
}

do_archive()
{
	repository
	case $1 in
	A)	git archive -o a.tar HEAD
		git grep -c town1 ;;
	B)	git bundle create -q a.bundle HEAD
		git gc -q
		git fsck ;;
	esac
}

if [ $# -eq 0 ]; then
	sed -n 's/^do_\([a-z_]*\)().*/\1/p' "$0"
	exit
fi
mkdir -p /tmp/documents
cd /tmp/documents
rm -rf -- * .git
"do_$1" "$2"
