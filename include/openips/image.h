/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The image face: GET /is/image/<company>/<asset>[?modifiers], pixels with validators and cache
 * headers. Source: Image Serving protocol reference. */
#ifndef OPENIPS_IMAGE_H
#define OPENIPS_IMAGE_H

#include "openips/http.h"
#include "openips/service.h"

struct ips_image_face;
struct ips_image_face *ips_image_face_new(struct ips_service *service);
void ips_image_face_free(struct ips_image_face *face);
size_t ips_image_face_routes(struct ips_image_face *face, struct ips_http_route *out, size_t max);

#endif
