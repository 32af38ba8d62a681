# SPDX-License-Identifier: GPL-2.0
# From the kernel's trace of bios queued and completed to one line a read:
# seconds since begin, seconds it took, 0 or the errno it failed with.
#
# A bio that the driver splits is queued once and completes in parts; the part
# that is not found by its first sector belongs to the bio that covers it.

# From here, words are counted from the event's name; what stands before it
# (task, CPU, flags, clock) may have blanks in it.
{
	at = 0
	for (i = 1; i <= NF; i++)
		if ($i == "block_bio_queue:" || $i == "block_bio_complete:")
			at = i
	if (!at)
		next
	clock = $(at - 1) + 0
	sector = $(at + 3)
	count = $(at + 5)
}

$at == "block_bio_queue:" {
	queued[sector] = clock
	last[sector] = sector + count
	next
}

{
	key = sector
	if (!(key in queued)) {
		key = ""
		for (s in queued)
			if (s + 0 <= sector && sector < last[s]) {
				key = s
				break
			}
		if (key == "")
			next
	}
	error = $(at + 6)
	gsub(/[][]/, "", error)
	printf("%.4f\t%.6f\t%d\n", clock - begin, clock - queued[key],
	       error < 0 ? -error : error)
	if (sector + count >= last[key])
		delete queued[key]
}
