#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Tests, as one runs them while one writes a program in Python, Perl or Lua:
# the self-tests of library modules, and small ones of one's own.  The most
# frequent first.
#
# usage: interpreters.sh            print their names
#        interpreters.sh NAME A|B   do it, with the one or the other input
set -e

# The examples in the documentation of library modules, checked.
examples()
{
	python3 - "$@" <<'END'
import doctest, importlib, sys
bad = count = 0
for name in sys.argv[1:]:
    result = doctest.testmod(importlib.import_module(name))
    bad += result.failed
    count += result.attempted
print(count, "examples")
sys.exit(bad != 0 or count == 0)
END
}

# Test methods, from stdin, run by unittest.
tests()
{
	{
		echo "import unittest"
		echo "class Tests(unittest.TestCase):"
		cat
		echo "unittest.main()"
	} >t.py
	python3 t.py
}

do_one_liner()
{
	case $1 in
	A)	python3 -c 'print(sum(n * n for n in range(10)))' ;;
	B)	python3 -c 'import sys; print(sys.version.split()[0])' ;;
	esac
}

do_unit()
{
	case $1 in
	A)	tests <<'END'
    def test_upper(self):
        self.assertEqual("abc".upper(), "ABC")
END
		;;
	B)	tests <<'END'
    def test_split(self):
        self.assertListEqual("a b".split(), ["a", "b"])
    def test_raise(self):
        with self.assertRaises(ZeroDivisionError):
            1 // 0
END
		;;
	esac
}

do_perl()
{
	case $1 in
	A)	perl -MTest::More=tests,2 -MList::Util=sum \
			-e 'is(sum(1..4), 10); like("abc", qr/b/)' ;;
	B)	perl -MTest::More -MScalar::Util=looks_like_number \
			-e 'ok(looks_like_number("1e3")); is_deeply([1], [1]); done_testing' ;;
	esac
}

do_text()
{
	case $1 in
	A)	examples difflib ;;
	B)	tests <<'END'
    def test_wrap(self):
        import re, string, textwrap
        text = textwrap.fill(string.ascii_letters, 20)
        self.assertEqual(len(re.findall(r"\w+", text)), 3)
END
		;;
	esac
}

do_data()
{
	case $1 in
	A)	tests <<'END'
    def test_json(self):
        import csv, io, json
        rows = list(csv.reader(io.StringIO("a,b\n1,2\n")))
        self.assertEqual(json.loads(json.dumps(rows)), rows)
END
		;;
	B)	tests <<'END'
    def test_config(self):
        import configparser, tomllib
        parser = configparser.ConfigParser()
        parser.read_string("[a]\nb=1\n")
        self.assertEqual(parser.getint("a", "b"), tomllib.loads("b=1")["b"])
END
		;;
	esac
}

do_numbers()
{
	case $1 in
	A)	examples statistics ;;
	B)	tests <<'END'
    def test_decimal(self):
        import decimal, fractions, random
        half = fractions.Fraction(decimal.Decimal("0.5"))
        self.assertEqual(half, random.choice([half]))
END
		;;
	esac
}

do_files()
{
	case $1 in
	A)	tests <<'END'
    def test_copy(self):
        import pathlib, shutil, tempfile
        with tempfile.TemporaryDirectory() as d:
            a = pathlib.Path(d) / "a"
            a.write_text("x")
            shutil.copy(a, a.with_name("b"))
            self.assertEqual(len(list(a.parent.glob("*"))), 2)
END
		;;
	B)	tests <<'END'
    def test_zip(self):
        import glob, os, zipfile
        with zipfile.ZipFile("z.zip", "w") as z:
            z.writestr("a", "x")
        self.assertIn("z.zip", glob.glob(os.path.join(".", "*.zip"))[0])
END
		;;
	esac
}

do_collections()
{
	case $1 in
	A)	examples heapq bisect ;;
	B)	examples collections queue ;;
	esac
}

do_mock()
{
	case $1 in
	A)	tests <<'END'
    def test_mock(self):
        from unittest import mock
        m = mock.Mock(return_value=3)
        self.assertEqual(m(1), 3)
END
		;;
	B)	tests <<'END'
    def test_patch(self):
        import time
        from unittest import mock
        with mock.patch("time.time", lambda: 7):
            self.assertEqual(time.time(), 7)
END
		;;
	esac
}

do_database()
{
	case $1 in
	A)	tests <<'END'
    def test_select(self):
        import sqlite3
        db = sqlite3.connect(":memory:")
        self.assertEqual(db.execute("select 6*7").fetchone(), (42,))
END
		;;
	B)	tests <<'END'
    def test_file(self):
        import datetime, shelve, sqlite3
        with sqlite3.connect("t.db") as db:
            db.execute("create table if not exists t(d)")
            db.execute("insert into t values(?)", (datetime.date(2026, 1, 1),))
            self.assertEqual(len(list(db.execute("select * from t"))), 1)
END
		;;
	esac
}

do_async()
{
	case $1 in
	A)	tests <<'END'
    def test_gather(self):
        import asyncio
        async def both():
            return await asyncio.gather(asyncio.sleep(0, 1), asyncio.sleep(0, 2))
        self.assertEqual(asyncio.run(both()), [1, 2])
END
		;;
	B)	tests <<'END'
    def test_process(self):
        import asyncio
        async def run():
            p = await asyncio.create_subprocess_exec("true")
            return await p.wait()
        self.assertEqual(asyncio.run(run()), 0)
END
		;;
	esac
}

do_lua()
{
	case $1 in
	A)	lua -e 'local t = {3, 1, 2}; table.sort(t); assert(t[1] == 1)' ;;
	B)	lua -e 'assert(("a,b"):gsub(",", ";") == "a;b"); print(_VERSION)' ;;
	esac
}

do_markup()
{
	case $1 in
	A)	tests <<'END'
    def test_tree(self):
        import xml.etree.ElementTree as tree
        self.assertEqual(tree.fromstring("<a><b/></a>")[0].tag, "b")
END
		;;
	B)	tests <<'END'
    def test_html(self):
        import html.parser, xml.dom.minidom
        html.parser.HTMLParser().feed("<p>x</p>")
        document = xml.dom.minidom.parseString("<a/>")
        self.assertEqual(document.documentElement.tagName, "a")
END
		;;
	esac
}

do_web()
{
	case $1 in
	A)	tests <<'END'
    def test_server(self):
        import http.server, threading, urllib.request
        s = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
        threading.Thread(target=s.serve_forever, daemon=True).start()
        with urllib.request.urlopen("http://127.0.0.1:%d/" % s.server_port) as r:
            self.assertEqual(r.status, 200)
        s.shutdown()
END
		;;
	B)	tests <<'END'
    def test_client(self):
        import http.client, socketserver, urllib.parse
        self.assertEqual(urllib.parse.urlparse("http://h/p").path, "/p")
        with self.assertRaises(OSError):
            http.client.HTTPConnection("127.0.0.1", 9).request("GET", "/")
END
		;;
	esac
}

do_mail()
{
	case $1 in
	A)	tests <<'END'
    def test_message(self):
        import email.message
        m = email.message.EmailMessage()
        m["Subject"] = "x"
        m.set_content("y")
        self.assertIn("Subject: x", m.as_string())
END
		;;
	B)	tests <<'END'
    def test_multipart(self):
        import email, mailbox
        from email.mime.multipart import MIMEMultipart
        m = email.message_from_string(MIMEMultipart().as_string())
        self.assertTrue(m.is_multipart())
END
		;;
	esac
}

do_compress()
{
	case $1 in
	A)	tests <<'END'
    def test_gzip(self):
        import bz2, gzip
        self.assertEqual(gzip.decompress(gzip.compress(b"x")), b"x")
        self.assertEqual(bz2.decompress(bz2.compress(b"x")), b"x")
END
		;;
	B)	tests <<'END'
    def test_tar(self):
        import io, lzma, tarfile
        with tarfile.open("t.tar.xz", "w:xz") as t:
            t.addfile(tarfile.TarInfo("a"), io.BytesIO())
        with tarfile.open("t.tar.xz") as t:
            self.assertEqual(t.getnames(), ["a"])
END
		;;
	esac
}

do_source()	# programs that look at programs
{
	case $1 in
	A)	tests <<'END'
    def test_ast(self):
        import ast, inspect
        self.assertEqual(ast.unparse(ast.parse("a+b")), "a + b")
        self.assertTrue(inspect.isfunction(inspect.getsource))
END
		;;
	B)	tests <<'END'
    def test_dis(self):
        import dis, io, tokenize
        self.assertTrue(list(tokenize.generate_tokens(io.StringIO("a\n").readline)))
        self.assertTrue(list(dis.get_instructions("a + b")))
END
		;;
	esac
}

do_perl_modules()
{
	case $1 in
	A)	perl -MTest::More=tests,1 -MJSON::PP -MData::Dumper \
			-e 'print Dumper(decode_json("[1]")); ok(encode_json([1]) eq "[1]")' ;;
	B)	perl -MTest::More=tests,2 -MTime::Local -MPOSIX=strftime -MDigest::SHA=sha1_hex \
			-e 'is(timegm(0,0,0,1,0,1970), 0); is(length(sha1_hex("")), 40)' ;;
	esac
}

if [ $# -eq 0 ]; then
	sed -n 's/^do_\([a-z_]*\)().*/\1/p' "$0"
	exit
fi
mkdir -p /tmp/interpreters
cd /tmp/interpreters
rm -rf -- *
"do_$1" "$2"
