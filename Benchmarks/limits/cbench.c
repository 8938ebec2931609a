// Neutral load tool: the common dispatcher, and the bare-client limits.
//   cbench pub  key=val ...   publish jobs (formats raw|celery|dramatiq|samples|flotilla) with windowed confirms,
//                             to queue=NAME through the default exchange, or to exchange=NAME key=KEY, mandatory
//   cbench con  key=val ...   consume + ack
//   cbench pgcopy key=val ... COPY straight into snapshots
//   cbench pgstage key=val... COPY to temp stage + INSERT ON CONFLICT (+ rollup)
// Prints one JSON line. Every run is bounded by count= and by maxsec=.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>
#include <errno.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <libpq-fe.h>

static int ac; static char **av;
static const char *opt(const char *k, const char *d) { size_t n = strlen(k); for (int i = 2; i < ac; i++) if (!strncmp(av[i], k, n) && av[i][n] == '=') return av[i] + n + 1; return d; }
static long iopt(const char *k, long d) { const char *s = opt(k, NULL); return s ? atol(s) : d; }
static double now(void) { struct timespec t; clock_gettime(CLOCK_REALTIME, &t); return t.tv_sec + t.tv_nsec / 1e9; }
static double cpu(void) { struct rusage r; getrusage(RUSAGE_SELF, &r); return r.ru_utime.tv_sec + r.ru_utime.tv_usec / 1e6 + r.ru_stime.tv_sec + r.ru_stime.tv_usec / 1e6; }
static void die(const char *m) { fprintf(stderr, "cbench: %s\n", m); exit(1); }
static void chk(amqp_rpc_reply_t r, const char *m) { if (r.reply_type != AMQP_RESPONSE_NORMAL) { fprintf(stderr, "cbench: %s: reply %d %s\n", m, r.reply_type, r.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION ? amqp_error_string2(r.library_error) : ""); exit(1); } }

static const char *METRICS[10] = {"views","reach","profile_views","website_clicks","accounts_engaged","total_interactions","likes","comments","saves","shares"};
static const long VALUES[10] = {10000,8123,412,57,934,1210,988,143,79,15320};

static void day(long off, char *out) { // 2026-01-01 + off days
  time_t t = 1767225600 + off * 86400L; struct tm g; gmtime_r(&t, &g); strftime(out, 16, "%Y-%m-%d", &g);
}
static int job_json(char *b, size_t n, long i, long accounts, double t) {
  char d[16]; day(i / accounts, d); time_t s = (time_t)t; struct tm g; gmtime_r(&s, &g); char ts[32]; strftime(ts, sizeof ts, "%Y-%m-%dT%H:%M:%S", &g);
  return snprintf(b, n, "{\"job_id\":\"0193457a-0000-7000-8000-%012ld\",\"account_id\":\"17841400%06ld\",\"platform\":\"instagram\",\"date\":\"%s\",\"metrics\":[\"views\",\"reach\",\"profile_views\",\"website_clicks\",\"accounts_engaged\",\"total_interactions\",\"likes\",\"comments\",\"saves\",\"shares\"],\"attempt\":1,\"priority\":\"normal\",\"reason\":\"daily\",\"enqueued_at\":\"%s.%03dZ\"}",
    i, i % accounts, d, ts, (int)((t - (double)s) * 1000));
}
// Flotilla's own job, version 1: an account by number (first= is the number of the first one), no token, no outside id.
static int flotilla_json(char *b, size_t n, long i, long accounts, double t) {
  char d[16]; day(i / accounts, d); time_t s = (time_t)t; struct tm g; gmtime_r(&s, &g); char ts[32]; strftime(ts, sizeof ts, "%Y-%m-%dT%H:%M:%S", &g);
  return snprintf(b, n, "{\"version\":1,\"id\":\"0193457a-0000-7000-8000-%012ld\",\"platform\":\"instagram\",\"account\":%ld,\"collect\":\"account_daily\",\"date\":\"%s\",\"metrics\":[\"views\",\"reach\",\"profile_views\",\"website_clicks\",\"engaged\",\"engagements\",\"likes\",\"comments\",\"saves\",\"shares\"],\"lane\":\"normal\",\"reason\":\"daily\",\"enqueued_at\":\"%s.%03dZ\"}",
    i, i % accounts + iopt("first", 1), d, ts, (int)((t - (double)s) * 1000));
}
static int samples_json(char *b, size_t n, long i, long accounts) {
  char d[16]; day(i / accounts, d);
  int o = snprintf(b, n, "{\"job_id\":\"0193457a-0000-7000-8000-%012ld\",\"account_id\":\"17841400%06ld\",\"platform\":\"instagram\",\"date\":\"%s\",\"fetched_at\":\"2026-11-21T09:00:00.000Z\",\"samples\":[", i, i % accounts, d);
  for (int k = 0; k < 10; k++) o += snprintf(b + o, n - o, "%s{\"metric\":\"%s\",\"value\":%ld}", k ? "," : "", METRICS[k], VALUES[k] + (k ? 0 : i % accounts));
  return o + snprintf(b + o, n - o, "]}");
}

static amqp_connection_state_t conn_open(void) {
  amqp_connection_state_t c = amqp_new_connection();
  amqp_socket_t *s = amqp_tcp_socket_new(c);
  if (amqp_socket_open(s, opt("host", "127.0.0.1"), iopt("port", 5672))) die("connect");
  chk(amqp_login(c, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest"), "login");
  amqp_channel_open(c, 1); chk(amqp_get_rpc_reply(c), "channel");
  return c;
}
static void declare(amqp_connection_state_t c, const char *q) {
  const char *type = opt("declare", NULL); if (!type) return;
  amqp_table_entry_t e; amqp_table_t t = {1, &e};
  e.key = amqp_cstring_bytes("x-queue-type"); e.value.kind = AMQP_FIELD_KIND_UTF8; e.value.value.bytes = amqp_cstring_bytes(type);
  amqp_queue_declare(c, 1, amqp_cstring_bytes(q), 0, 1, 0, 0, t); chk(amqp_get_rpc_reply(c), "declare");
}

static int pub(void) {
  long count = iopt("count", 1000), window = iopt("window", 1000), start = iopt("start", 0), accounts = iopt("accounts", 2000);
  double rate = atof(opt("rate", "0")), maxsec = atof(opt("maxsec", "300"));
  const char *q = opt("queue", "jobs"), *fmt = opt("format", "raw"), *task = opt("task", "collect"), *exchange = opt("exchange", ""), *key = opt("key", q), *tsf = opt("tsfile", NULL);
  amqp_connection_state_t c = conn_open(); declare(c, q);
  amqp_confirm_select(c, 1); chk(amqp_get_rpc_reply(c), "confirm");
  int celery = !strcmp(fmt, "celery"), dramatiq = !strcmp(fmt, "dramatiq"), samples = !strcmp(fmt, "samples"), own = !strcmp(fmt, "flotilla");
  FILE *tf = tsf ? fopen(tsf, "w") : NULL;
  char jb[4096], body[8192]; uint64_t conf = 0, sent = 0, nack = 0; double t0 = now(), t; long bytes = 0; struct timeval tv;
  while (conf < (uint64_t)count) {
    if (now() - t0 > maxsec) die("maxsec");
    int can = sent < (uint64_t)count && sent - conf < (uint64_t)window;
    double due = 0;
    if (can && rate > 0) { due = t0 + sent / rate - now(); if (due > 0) can = 0; }
    if (can) {
      long i = start + (long)sent; t = now(); int n;
      if (samples) n = samples_json(jb, sizeof jb, i, accounts); else if (own) n = flotilla_json(jb, sizeof jb, i, accounts, t); else n = job_json(jb, sizeof jb, i, accounts, t);
      char id[40]; snprintf(id, sizeof id, "0193457a-0000-7000-8000-%012ld", i);
      amqp_basic_properties_t p; memset(&p, 0, sizeof p);
      p._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG;
      p.delivery_mode = 2; p.content_type = amqp_cstring_bytes("application/json"); p.message_id = amqp_cstring_bytes(id);
      if (own) { p.type = amqp_cstring_bytes("flotilla.job.v1"); p._flags |= AMQP_BASIC_TYPE_FLAG; }
      amqp_bytes_t b; amqp_table_entry_t h[14]; char argsrepr[] = "({...},)"; int hn = 0;
      if (celery) {
        n = snprintf(body, sizeof body, "[[%s],{},{\"callbacks\":null,\"errbacks\":null,\"chain\":null,\"chord\":null}]", jb);
        #define HS(k, v) (h[hn].key = amqp_cstring_bytes(k), h[hn].value.kind = AMQP_FIELD_KIND_UTF8, h[hn].value.value.bytes = amqp_cstring_bytes(v), hn++)
        #define HV(k) (h[hn].key = amqp_cstring_bytes(k), h[hn].value.kind = AMQP_FIELD_KIND_VOID, hn++)
        HS("lang", "py"); HS("task", task); HS("id", id); HV("shadow"); HV("eta"); HV("expires"); HV("group");
        h[hn].key = amqp_cstring_bytes("retries"); h[hn].value.kind = AMQP_FIELD_KIND_I32; h[hn].value.value.i32 = 0; hn++;
        HS("root_id", id); HV("parent_id"); HS("argsrepr", argsrepr); HS("kwargsrepr", "{}"); HS("origin", "gen1@bench");
        p.headers.num_entries = hn; p.headers.entries = h; p.correlation_id = amqp_cstring_bytes(id); p.content_encoding = amqp_cstring_bytes("utf-8");
        p._flags |= AMQP_BASIC_HEADERS_FLAG | AMQP_BASIC_CORRELATION_ID_FLAG | AMQP_BASIC_CONTENT_ENCODING_FLAG;
        b.bytes = body;
      } else if (dramatiq) {
        n = snprintf(body, sizeof body, "{\"queue_name\":\"%s\",\"actor_name\":\"%s\",\"args\":[%s],\"kwargs\":{},\"options\":{},\"message_id\":\"%s\",\"message_timestamp\":%lld}", q, task, jb, id, (long long)(t * 1000));
        b.bytes = body;
      } else b.bytes = jb;
      b.len = n; bytes += n;
      if (amqp_basic_publish(c, 1, amqp_cstring_bytes(exchange), amqp_cstring_bytes(key), own, 0, &p, b)) die("publish");
      if (tf) fprintf(tf, "%ld %.6f\n", i, t);
      sent++;
    }
    // take what confirms there are; block only when the window is full, all is sent, or the next one is not due
    for (;;) {
      int full = sent - conf >= (uint64_t)window || sent >= (uint64_t)count;
      amqp_frame_t f;
      if (conf >= (uint64_t)count) break;
      if (!full && can && !amqp_data_in_buffer(c) && (sent & 63)) break;
      tv.tv_sec = full ? 10 : 0; tv.tv_usec = 0;
      if (!full && !can && due > 0) { if (due > 0.5) due = 0.5; tv.tv_usec = (long)(due * 1e6); }
      int r = amqp_simple_wait_frame_noblock(c, &f, &tv);
      if (r == AMQP_STATUS_TIMEOUT) { if (full) die("no confirm in 10 s"); break; }
      if (r != AMQP_STATUS_OK) die(amqp_error_string2(r));
      if (f.frame_type == AMQP_FRAME_METHOD) {
        if (f.payload.method.id == AMQP_BASIC_ACK_METHOD) { amqp_basic_ack_t *a = f.payload.method.decoded; // confirms may come out of order: count
          static uint64_t hi = 0; static unsigned char *seen; if (!seen) seen = calloc(count + 2, 1);
          if (a->multiple) { for (uint64_t k = hi + 1; k <= a->delivery_tag; k++) if (!seen[k]) { seen[k] = 1; conf++; } } else if (!seen[a->delivery_tag]) { seen[a->delivery_tag] = 1; conf++; }
          while (hi < (uint64_t)count && seen[hi + 1]) hi++;
        } else if (f.payload.method.id == AMQP_BASIC_NACK_METHOD) { nack++; conf++; }
        else if (f.payload.method.id == AMQP_BASIC_RETURN_METHOD) die("returned: no queue takes this routing key");
        else die("unexpected method (queue missing?)");
      }
      amqp_maybe_release_buffers(c);
      if (!full && can) { if (!amqp_data_in_buffer(c)) break; }
      if (!full && !can) break;
    }
  }
  double t1 = now(); if (tf) fclose(tf);
  printf("{\"t_first\":%.6f,\"t_confirmed\":%.6f,\"count\":%ld,\"nack\":%llu,\"rate\":%.0f,\"avg_body\":%ld,\"cpu\":%.3f}\n", t0, t1, count, (unsigned long long)nack, count / (t1 - t0), bytes / count, cpu());
  amqp_destroy_connection(c); return 0;
}

static int con(void) {
  long count = iopt("count", 1000), prefetch = iopt("prefetch", 500), every = iopt("ack", 100); double maxsec = atof(opt("maxsec", "120"));
  const char *q = opt("queue", "jobs");
  amqp_connection_state_t c = conn_open(); declare(c, q);
  amqp_basic_qos(c, 1, 0, prefetch, 0); chk(amqp_get_rpc_reply(c), "qos");
  double t0 = now(); long bytes = 0, n = 0; uint64_t last = 0;
  amqp_basic_consume(c, 1, amqp_cstring_bytes(q), amqp_empty_bytes, 0, 0, 0, amqp_empty_table); chk(amqp_get_rpc_reply(c), "consume");
  while (n < count) {
    if (now() - t0 > maxsec) die("maxsec");
    amqp_envelope_t e; struct timeval tv = {10, 0};
    amqp_maybe_release_buffers(c);
    amqp_rpc_reply_t r = amqp_consume_message(c, &e, &tv, 0); chk(r, "consume");
    bytes += e.message.body.len; last = e.delivery_tag; n++; amqp_destroy_envelope(&e);
    if (n % every == 0 || n == count) amqp_basic_ack(c, 1, last, 1);
  }
  double t1 = now();
  printf("{\"t_first\":%.6f,\"t_last\":%.6f,\"count\":%ld,\"rate\":%.0f,\"cpu\":%.3f}\n", t0, t1, n, n / (t1 - t0), cpu());
  amqp_channel_close(c, 1, AMQP_REPLY_SUCCESS); amqp_connection_close(c, AMQP_REPLY_SUCCESS); amqp_destroy_connection(c); return 0;
}

static void ex(PGconn *c, const char *sql) { PGresult *r = PQexec(c, sql); ExecStatusType s = PQresultStatus(r); if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK) die(PQerrorMessage(c)); PQclear(r); }
static char *slurp(const char *p) { FILE *f = fopen(p, "r"); if (!f) die(p); static char b[65536]; size_t n = fread(b, 1, sizeof b - 1, f); b[n] = 0; fclose(f); return strdup(b); }
static int pg(int stage) {
  long jobs = iopt("count", 1000), batch = iopt("batch", 500), accounts = iopt("accounts", 2000), start = iopt("start", 0);
  int rollup = (int)iopt("rollup", 1), snap = (int)iopt("snap", 1); double maxsec = atof(opt("maxsec", "120"));
  PGconn *c = PQconnectdb(opt("url", "")); if (PQstatus(c) != CONNECTION_OK) die(PQerrorMessage(c));
  char path[1024]; char *s0 = NULL, *s1 = NULL, *s2 = NULL; const char *sqldir = opt("sql", ".");
  if (stage) {
    snprintf(path, sizeof path, "%s/stage.sql", sqldir); s0 = slurp(path); ex(c, s0);
    snprintf(path, sizeof path, "%s/merge_snapshots.sql", sqldir); s1 = slurp(path); PQclear(PQprepare(c, "s1", s1, 0, 0));
    snprintf(path, sizeof path, "%s/merge_rollups.sql", sqldir); s2 = slurp(path); PQclear(PQprepare(c, "s2", s2, 0, 0));
  }
  char *buf = malloc(batch * 10 * 160); double t0 = now();
  for (long j = 0; j < jobs; j += batch) {
    if (now() - t0 > maxsec) die("maxsec");
    long n = jobs - j < batch ? jobs - j : batch; size_t o = 0;
    for (long i = start + j; i < start + j + n; i++) { char d[16]; day(i / accounts, d);
      for (int k = 0; k < 10; k++) o += sprintf(buf + o, "17841400%06ld\tinstagram\t%s\t%s\t\\N\t%ld\t2026-11-21 09:00:00+00\n", i % accounts, METRICS[k], d, VALUES[k] + (k ? 0 : i % accounts)); }
    if (stage) ex(c, "BEGIN");
    PGresult *r = PQexec(c, stage ? "COPY stage (account_id,platform,metric,date,post_id,value,fetched_at) FROM STDIN" : "COPY snapshots (account_id,platform,metric,date,post_id,value,fetched_at) FROM STDIN");
    if (PQresultStatus(r) != PGRES_COPY_IN) die(PQerrorMessage(c)); PQclear(r);
    if (PQputCopyData(c, buf, (int)o) != 1 || PQputCopyEnd(c, NULL) != 1) die(PQerrorMessage(c));
    while ((r = PQgetResult(c))) { if (PQresultStatus(r) != PGRES_COMMAND_OK) die(PQerrorMessage(c)); PQclear(r); }
    if (stage) {
      if (snap) { r = PQexecPrepared(c, "s1", 0, 0, 0, 0, 0); if (PQresultStatus(r) != PGRES_COMMAND_OK) die(PQerrorMessage(c)); PQclear(r); }
      if (rollup) { r = PQexecPrepared(c, "s2", 0, 0, 0, 0, 0); if (PQresultStatus(r) != PGRES_COMMAND_OK) die(PQerrorMessage(c)); PQclear(r); }
      ex(c, "COMMIT");
    }
  }
  double t1 = now();
  printf("{\"t_first\":%.6f,\"t_last\":%.6f,\"jobs\":%ld,\"rows_per_s\":%.0f,\"cpu\":%.3f}\n", t0, t1, jobs, jobs * 10 / (t1 - t0), cpu());
  PQfinish(c); return 0;
}

int main(int argc, char **argv) {
  ac = argc; av = argv; if (argc < 2) die("pub|con|pgcopy|pgstage");
  if (!strcmp(argv[1], "pub")) return pub();
  if (!strcmp(argv[1], "con")) return con();
  if (!strcmp(argv[1], "pgcopy")) return pg(0);
  if (!strcmp(argv[1], "pgstage")) return pg(1);
  die("unknown"); return 1;
}
