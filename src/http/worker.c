/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "http_priv.h"

static const struct refusal stopping = { 503, "The server is stopping.", false };

bool
queue_push(struct ips_http *http, struct exchange *exchange)
{
	struct queue *queue = &http->queue;
	bool room;

	exchange->next = NULL;
	pthread_mutex_lock(&queue->lock);
	room = !queue->closed && queue->length < http->settings.queue;
	if (room) {
		/* Before a worker can see it: it will resume what is not yet suspended else. */
		atomic_fetch_add(&http->suspended, 1);
		exchange_answer_first(exchange, true);
		MHD_suspend_connection(exchange->mhd);
		*queue->tail = exchange;
		queue->tail = &exchange->next;
		queue->length++;
	}
	pthread_mutex_unlock(&queue->lock);
	if (room) /* without the lock, or the woken worker would run into it at once */
		pthread_cond_signal(&queue->filled);
	return room;
}

/* NULL: closed and empty. */
static struct exchange *
queue_pop(struct queue *queue)
{
	struct exchange *exchange;

	pthread_mutex_lock(&queue->lock);
	while (queue->head == NULL && !queue->closed)
		pthread_cond_wait(&queue->filled, &queue->lock);
	exchange = queue->head;
	if (exchange != NULL) {
		queue->head = exchange->next;
		if (queue->head == NULL)
			queue->tail = &queue->head;
		queue->length--;
	}
	pthread_mutex_unlock(&queue->lock);
	return exchange;
}

static void
run(struct ips_http *http, struct exchange *exchange, void *worker, z_stream **deflater)
{
	const struct ips_http_route *route = exchange->route;
	const struct refusal *refusal;

	exchange->taken_us = ips_monotonic_us();
	atomic_fetch_add(&http->counts.busy, 1);
	refusal = atomic_load(&http->cutting) ? &stopping : body_finish(exchange);
	if (refusal != NULL)
		reply_refuse(exchange, refusal, NULL);
	else
		route->handle(route->arg, worker, &exchange->request, &exchange->response);
	body_free(exchange);
	reply_build(exchange, deflater);
	atomic_fetch_sub(&http->counts.busy, 1);
	log_slow(exchange);
	if (exchange->response.delay_ms > 0)
		keeper_delay(http, exchange);
	else
		exchange_resume(exchange);
}

static void *
worker_main(void *arg)
{
	struct ips_http *http = arg;
	const struct ips_http_settings *settings = &http->settings;
	void *worker = settings->worker_open ? settings->worker_open(settings->worker_arg) : NULL;
	struct exchange *exchange;
	z_stream *deflater = NULL;

	while ((exchange = queue_pop(&http->queue)) != NULL)
		run(http, exchange, worker, &deflater);
	deflater_free(deflater);
	if (settings->worker_close != NULL)
		settings->worker_close(worker);
	return NULL;
}

bool
workers_start(struct ips_http *http, struct ips_error *err)
{
	http->workers = g_new0(pthread_t, http->settings.workers);
	for (int i = 0; i < http->settings.workers; i++) {
		if (pthread_create(&http->workers[i], NULL, worker_main, http) != 0)
			return ips_fail_internal(err, "thread %d of the HTTP workers", i);
		pthread_setname_np(http->workers[i], "ips-worker");
		http->worker_count++;
	}
	return true;
}

void
workers_stop(struct ips_http *http)
{
	pthread_mutex_lock(&http->queue.lock);
	http->queue.closed = true;
	pthread_cond_broadcast(&http->queue.filled);
	pthread_mutex_unlock(&http->queue.lock);
	for (int i = 0; i < http->worker_count; i++)
		pthread_join(http->workers[i], NULL);
	g_free(http->workers);
	http->workers = NULL;
	http->worker_count = 0;
}
