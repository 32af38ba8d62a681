#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: noinsmod
# evg: timeout=300
# README's way from the installed module to a mounted disk and back, with what
# make install has put into the system that is this guest's root.
set -eux

modprobe evergreen
# The guest's root is in memory; a machine's is on a disk.
modprobe loop
truncate -s 256M root.img
mkfs.ext4 -q root.img
mkdir -p /var/cache
mount root.img /var/cache
truncate -s 64M disk.img
mkfs.ext4 -q disk.img
nbdkit file disk.img
evergreen attach nbd://localhost/ >said
grep -x /dev/evg0 said
mount -o ro /dev/evg0 /mnt
ls /mnt/lost+found
evergreen status evg0
evergreen set evg0 --grace 60
umount /mnt && evergreen detach evg0
rmmod evergreen
