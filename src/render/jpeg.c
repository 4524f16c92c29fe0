/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* JPEG beyond what libvips offers: scans of our choice, and files of a limited size. */
#include "render_priv.h"

#include <setjmp.h>
#include <stdio.h>
#include <jpeglib.h>

/* What a scan tells, of all components in their order (direct current) or of one at a time. */
struct pass {
	int first, last, high, low;
};
#define MAX_SCANS 16

static const struct pass three[] = { { 0, 0, 0, 0 }, { 1, 5, 0, 0 }, { 6, 63, 0, 0 } };
static const struct pass four[] = { { 0, 0, 0, 0 }, { 1, 5, 0, 0 }, { 6, 63, 0, 1 },
	{ 6, 63, 1, 0 } };
static const struct pass five[] = { { 0, 0, 0, 1 }, { 1, 5, 0, 0 }, { 6, 63, 0, 1 }, { 0, 0, 1, 0 },
	{ 6, 63, 1, 0 } };

static int
fill_scans(const struct pass *pass, int passes, int components, jpeg_scan_info *scan)
{
	int n = 0;

	for (int p = 0; p < passes; p++) {
		bool together = pass[p].last == 0;
		for (int c = 0; c < (together ? 1 : components); c++) {
			scan[n] = (jpeg_scan_info){ .comps_in_scan = together ? components : 1,
				.Ss = pass[p].first,
				.Se = pass[p].last,
				.Ah = pass[p].high,
				.Al = pass[p].low };
			for (int i = 0; i < scan[n].comps_in_scan; i++)
				scan[n].component_index[i] = together ? i : c;
			n++;
		}
	}
	return n;
}

static int
choose_scans(int passes, int components, jpeg_scan_info *scan)
{
	return passes == 3   ? fill_scans(three, 3, components, scan)
	       : passes == 4 ? fill_scans(four, 4, components, scan)
			     : fill_scans(five, 5, components, scan);
}

struct failure {
	struct jpeg_error_mgr manager;
	jmp_buf back;
};

static void
on_error(j_common_ptr codec)
{
	longjmp(((struct failure *)codec->err)->back, 1);
}

struct transcoding {
	struct jpeg_decompress_struct in;
	struct jpeg_compress_struct out;
	struct failure failure;
	unsigned char *data;
	unsigned long len;
};

/* The library writes the markers of JFIF and Adobe by itself. */
static void
copy_markers(struct transcoding *t)
{
	for (jpeg_saved_marker_ptr m = t->in.marker_list; m; m = m->next)
		if (m->marker != JPEG_APP0 && m->marker != JPEG_APP0 + 14)
			jpeg_write_marker(&t->out, m->marker, m->data, m->data_length);
}

/* The same coefficients in other scans: no pixel changes. */
static bool
transcode(struct transcoding *t, const void *data, size_t len, int passes)
{
	jpeg_scan_info scan[MAX_SCANS];

	t->in.err = t->out.err = jpeg_std_error(&t->failure.manager);
	t->failure.manager.error_exit = on_error;
	if (setjmp(t->failure.back) != 0)
		return false;
	jpeg_create_decompress(&t->in);
	jpeg_create_compress(&t->out);
	jpeg_mem_src(&t->in, data, len);
	for (int i = 0; i < 16; i++)
		jpeg_save_markers(&t->in, JPEG_APP0 + i, 0xffff);
	jpeg_read_header(&t->in, TRUE);
	jvirt_barray_ptr *coefficients = jpeg_read_coefficients(&t->in);
	jpeg_copy_critical_parameters(&t->in, &t->out);
	t->out.write_JFIF_header = t->in.saw_JFIF_marker;
	t->out.num_scans = choose_scans(passes, t->out.num_components, scan);
	t->out.scan_info = scan;
	jpeg_mem_dest(&t->out, &t->data, &t->len);
	jpeg_write_coefficients(&t->out, coefficients);
	copy_markers(t);
	jpeg_finish_compress(&t->out);
	return true;
}

static bool
rescan(void **data, size_t *len, int passes)
{
	struct transcoding t = { 0 };
	bool done = transcode(&t, *data, *len, passes);

	jpeg_destroy_compress(&t.out);
	jpeg_destroy_decompress(&t.in);
	if (done) {
		g_free(*data);
		*data = g_memdup2(t.data, t.len);
		*len = t.len;
	}
	free(t.data); /* the library's, by malloc */
	return done;
}

static bool
encode(struct job *job, int quality, void **data, size_t *len, struct ips_error *err)
{
	const struct ips_output *out = &job->plan->output;

	if (vips_jpegsave_buffer(job->image, data, len, JPEG_OPTIONS(out, quality), NULL) != 0)
		return job_fail(job, err);
	if (out->scans == 0 || rescan(data, len, out->scans))
		return true;
	g_free(*data);
	return ips_fail_internal(err, "scans of a JPEG cannot be rearranged");
}

/* The best quality that fits; `data` holds what the wanted quality gave. */
static bool
encode_smaller(struct job *job, size_t most, void **data, size_t *len, struct ips_error *err)
{
	int low = 0, high = job->plan->output.quality; /* fits, does not; 0 stands for none */

	while (high - low > 1) {
		int quality = (low + high) / 2;
		void *next;
		size_t next_len;
		if (!encode(job, quality, &next, &next_len, err))
			return false;
		bool fits = next_len <= most;
		if (fits)
			low = quality;
		else
			high = quality;
		if (!fits && quality > 1) {
			g_free(next);
			continue;
		}
		g_free(*data);
		*data = next;
		*len = next_len;
	}
	return *len <= most || ips_fail(err, IPS_INVALID_PARAMETER,
				   "jpegSize=%zu: this picture has %zu bytes at the lowest "
				   "quality; allowed are %zu "
				   "kilobytes and more, or 0",
				   most / 1024, *len, (*len + 1023) / 1024);
}

bool
save_fitted_jpeg(struct job *job, VipsTarget *target, struct ips_error *err)
{
	size_t most = (size_t)job->plan->output.jpeg_kilobytes * 1024, len = 0;
	void *data = NULL;

	if (most > 0 && !job_settle(job, err)) /* it may be encoded more than once */
		return false;
	if (!encode(job, job->plan->output.quality, &data, &len, err))
		return false;
	bool done = most == 0 || len <= most || encode_smaller(job, most, &data, &len, err);
	if (done && (vips_target_write(target, data, len) != 0 || vips_target_end(target) != 0))
		done = job_fail(job, err);
	g_free(data);
	return done;
}
