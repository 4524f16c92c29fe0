/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Content a piece at a time, whether its file holds it as it is or sealed. What is held in memory
 * is a chunk, however long the content. */
#include "store_priv.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WHOLE (IPS_SEAL_CHUNK + IPS_SEAL_TAG)

struct ips_reader {
	int fd;
	int64_t size;          /* of the content */
	struct ips_seal *seal; /* NULL: the file is the content; then there are no buffers either */
	int64_t place;         /* of the chunk that is open; -1: none */
	size_t len;            /* of it */
	uint8_t *chunk, *raw;
	_Atomic int64_t *done; /* NULL: nobody watches */
};

int64_t
ips_blob_file_size(const struct ips_blob *blob)
{
	return blob->sealed ? ips_sealed_size(blob->size) : blob->size;
}

static bool
read_at(int fd, int64_t at, uint8_t *out, size_t len, size_t *got)
{
	*got = 0;
	while (*got < len) {
		ssize_t n = pread(fd, out + *got, len - *got, at + (int64_t)*got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		if (n == 0)
			break;
		*got += (size_t)n;
	}
	return true;
}

static bool
write_all(int fd, const uint8_t *data, size_t len, struct ips_error *err)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return store_fail(err, "write");
		data += n;
		len -= (size_t)n;
	}
	return true;
}

/* ---- Opening ---- */

static bool
open_sealed(struct ips_reader *reader, int64_t file_size, const uint8_t *key, struct ips_error *err)
{
	uint8_t header[IPS_SEAL_HEADER];
	size_t got;

	if (!read_at(reader->fd, 0, header, sizeof(header), &got))
		return store_fail(err, "read a header");
	if (got != sizeof(header) || !ips_seal_header_valid(header) ||
	    !ips_unsealed_size(file_size, &reader->size))
		return ips_fail_internal(err, "store: this is no sealed file");
	reader->seal = ips_seal_new(key);
	reader->chunk = g_malloc(IPS_SEAL_CHUNK);
	reader->raw = g_malloc(WHOLE);
	return true;
}

bool
ips_reader_open(int fd, const uint8_t *key, struct ips_reader **out, struct ips_error *err)
{
	struct ips_reader *reader = g_new0(struct ips_reader, 1);
	struct stat st;
	bool good;

	reader->fd = fd;
	reader->place = -1;
	if (fstat(fd, &st) != 0)
		good = store_fail(err, "look at a file");
	else if (key != NULL)
		good = open_sealed(reader, st.st_size, key, err);
	else
		good = true;
	if (!good) {
		ips_reader_close(reader);
		return false;
	}
	if (key == NULL)
		reader->size = st.st_size;
	*out = reader;
	return true;
}

void
ips_reader_close(struct ips_reader *reader)
{
	if (reader == NULL)
		return;
	store_close_fd(&reader->fd);
	ips_seal_free(reader->seal);
	if (reader->chunk != NULL)
		ips_wipe(reader->chunk, IPS_SEAL_CHUNK);
	g_free(reader->chunk);
	g_free(reader->raw);
	g_free(reader);
}

int64_t
ips_reader_size(const struct ips_reader *reader)
{
	return reader->size;
}

void
ips_reader_watch(struct ips_reader *reader, _Atomic int64_t *done)
{
	reader->done = done;
}

/* ---- Reading ---- */

static bool
open_chunk(struct ips_reader *reader, int64_t place, struct ips_error *err)
{
	int64_t rest = reader->size - place * IPS_SEAL_CHUNK;
	size_t len = (size_t)MIN(rest, IPS_SEAL_CHUNK), got;

	if (reader->place == place)
		return true;
	reader->place = -1;
	if (!read_at(
		reader->fd, IPS_SEAL_HEADER + place * WHOLE, reader->raw, len + IPS_SEAL_TAG, &got))
		return store_fail(err, "read a chunk");
	if (got != len + IPS_SEAL_TAG ||
	    !ips_unseal_chunk(reader->seal, (uint64_t)place, rest <= IPS_SEAL_CHUNK, reader->raw,
		got, reader->chunk))
		return ips_fail_internal(err,
		    "store: chunk %" G_GINT64_FORMAT " of a sealed file is not what was sealed",
		    place);
	reader->place = place;
	reader->len = len;
	return true;
}

static bool
read_sealed(struct ips_reader *reader, int64_t at, uint8_t *out, size_t len, size_t *got,
    struct ips_error *err)
{
	size_t done = 0;

	/* The chunk of no bytes has to be proven, too. */
	while (done < len && (at < reader->size || (at == 0 && reader->place < 0))) {
		size_t skip = (size_t)(at % IPS_SEAL_CHUNK), n;

		if (!open_chunk(reader, at / IPS_SEAL_CHUNK, err))
			return false;
		n = MIN(reader->len - skip, len - done);
		memcpy(out + done, reader->chunk + skip, n);
		done += n;
		at += (int64_t)n;
	}
	*got = done;
	return true;
}

bool
ips_reader_read(struct ips_reader *reader, int64_t at, void *out, size_t len, size_t *got,
    struct ips_error *err)
{
	size_t n;

	if (reader->seal != NULL)
		return read_sealed(reader, at, out, len, got, err);
	if (!read_at(reader->fd, at, out, len, &n))
		return store_fail(err, "read a file");
	*got = n;
	return true;
}

/* ---- Copying ---- */

typedef bool take_piece(
    void *arg, uint64_t place, bool last, const uint8_t *data, size_t len, struct ips_error *err);

/* In pieces as long as chunks. A file that ends early, or late, has been changed under us. */
static bool
for_each_piece(struct ips_reader *reader, take_piece *take, void *arg, struct ips_error *err)
{
	g_autofree uint8_t *piece = g_malloc(IPS_SEAL_CHUNK);
	int64_t at = 0;
	bool good = true;
	size_t got;

	do {
		size_t want = (size_t)MIN(reader->size - at, IPS_SEAL_CHUNK);
		good = ips_reader_read(reader, at, piece, IPS_SEAL_CHUNK, &got, err);
		if (good && got != want)
			good = ips_fail_internal(err, "store: a file changed while it was read");
		if (good)
			good = take(arg, (uint64_t)(at / IPS_SEAL_CHUNK),
			    at + (int64_t)got == reader->size, piece, got, err);
		at += (int64_t)got;
		if (reader->done != NULL)
			*reader->done = at;
	} while (good && at < reader->size);
	ips_wipe(piece, IPS_SEAL_CHUNK);
	return good;
}

static bool
take_plain(
    void *arg, uint64_t place, bool last, const uint8_t *data, size_t len, struct ips_error *err)
{
	const int *fd = arg;

	(void)place;
	(void)last;
	return write_all(*fd, data, len, err);
}

bool
ips_reader_copy(struct ips_reader *reader, int out_fd, struct ips_error *err)
{
	return for_each_piece(reader, take_plain, &out_fd, err);
}

/* Chunks are no multiple of a page: several are written at once, lest each ends in half a page. */
#define BATCH ((size_t)16)

struct sealing {
	struct ips_seal *seal;
	int fd;
	uint8_t *out;
	size_t filled;
};

static bool
take_sealed(
    void *arg, uint64_t place, bool last, const uint8_t *data, size_t len, struct ips_error *err)
{
	struct sealing *s = arg;

	ips_seal_chunk(s->seal, place, last, data, len, s->out + s->filled);
	s->filled += len + IPS_SEAL_TAG;
	if (!last && s->filled < BATCH * WHOLE)
		return true;
	size_t full = s->filled;
	s->filled = 0;
	return write_all(s->fd, s->out, full, err);
}

bool
ips_stage_seal(struct ips_stage *stage, struct ips_reader *reader, const uint8_t key[IPS_KEY_LEN],
    struct ips_error *err)
{
	struct sealing s = {
		.seal = ips_seal_new(key),
		.fd = stage->fd,
		.out = g_malloc(BATCH * WHOLE),
	};
	uint8_t header[IPS_SEAL_HEADER];

	ips_seal_header(header);
	bool good = write_all(stage->fd, header, sizeof(header), err) &&
		    for_each_piece(reader, take_sealed, &s, err);
	ips_seal_free(s.seal);
	g_free(s.out);
	return good;
}
