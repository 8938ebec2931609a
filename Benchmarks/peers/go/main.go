// Go peer, two stages in two processes: `peer worker` and `peer aggregator`.
// worker: W goroutines take jobs, GET over a keep-alive pool, normalise with a pull lexer, publish with confirms;
// job tags are acked (multiple=true) once every publish up to them is confirmed.
// aggregator: A writers, each with its own channel and Postgres connection; binary COPY to a temp table,
// then both merges and COMMIT in one round trip; ack (multiple=true) after the commit.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v4"
	"github.com/mailru/easyjson/jlexer"
	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/valyala/fasthttp"
)

func env(k, d string) string {
	if v := os.Getenv(k); v != "" {
		return v
	}
	return d
}
func envInt(k string, d int) int {
	n, err := strconv.Atoi(env(k, ""))
	if err != nil {
		return d
	}
	return n
}
func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

var (
	amqpURL      = env("AMQP_URL", "")
	jobsQueue    = env("JOBS_QUEUE", "bench.jobs")
	samplesQueue = env("SAMPLES_QUEUE", "bench.samples")
	platform     = env("PLATFORM_URL", "")
	quorum       = amqp.Table{"x-queue-type": "quorum"}
)

const auth = "Bearer EAAbenchtokenbenchtokenbenchtokenbenchtoken"

// coalesce joins the client library's one-write-per-frame into few system calls: writes append to a buffer that
// one goroutine drains as fast as the kernel takes it (no timer, so no added latency).
type coalesce struct {
	net.Conn
	mu   sync.Mutex
	cond *sync.Cond
	buf  []byte
	err  error
}

func newCoalesce(c net.Conn) *coalesce {
	x := &coalesce{Conn: c}
	x.cond = sync.NewCond(&x.mu)
	go func() {
		var out []byte
		for {
			x.mu.Lock()
			for len(x.buf) == 0 && x.err == nil {
				x.cond.Wait()
			}
			if x.err != nil {
				x.mu.Unlock()
				return
			}
			out, x.buf = x.buf, out[:0]
			x.mu.Unlock()
			if _, err := c.Write(out); err != nil {
				x.mu.Lock()
				x.err = err
				x.mu.Unlock()
			}
		}
	}()
	return x
}
func (x *coalesce) Write(p []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.err != nil {
		return 0, x.err
	}
	if len(x.buf) == 0 {
		x.cond.Signal()
	}
	x.buf = append(x.buf, p...)
	return len(p), nil
}
func (x *coalesce) Close() error {
	x.mu.Lock()
	x.err = io.ErrClosedPipe
	x.cond.Signal()
	x.mu.Unlock()
	return x.Conn.Close()
}

func dial() *amqp.Connection {
	c, err := amqp.DialConfig(amqpURL, amqp.Config{Heartbeat: 30 * time.Second, Dial: func(n, a string) (net.Conn, error) {
		c, err := net.DialTimeout(n, a, 10*time.Second)
		if err != nil || env("COALESCE", "1") == "0" {
			return c, err
		}
		return newCoalesce(c), nil
	}})
	must(err)
	go func() {
		if e := <-c.NotifyClose(make(chan *amqp.Error, 1)); e != nil {
			log.Fatal("connection lost: ", e)
		}
	}()
	return c
}

type job struct {
	ID, Account, Platform, Date string
	Metrics                     []string
}

func (j *job) parse(b []byte) error {
	in := jlexer.Lexer{Data: b}
	j.Metrics = j.Metrics[:0]
	in.Delim('{')
	for !in.IsDelim('}') {
		k := in.UnsafeFieldName(false)
		in.WantColon()
		switch k {
		case "job_id":
			j.ID = in.String()
		case "account_id":
			j.Account = in.String()
		case "platform":
			j.Platform = in.String()
		case "date":
			j.Date = in.String()
		case "metrics":
			in.Delim('[')
			for !in.IsDelim(']') {
				j.Metrics = append(j.Metrics, in.String())
				in.WantComma()
			}
			in.Delim(']')
		default:
			in.SkipRecursive()
		}
		in.WantComma()
	}
	in.Delim('}')
	return in.Error()
}

type sample struct {
	Metric string
	Value  int64
}

func parseInsights(b []byte, want []string, out []sample) ([]sample, error) {
	in := jlexer.Lexer{Data: b}
	in.Delim('{')
	for !in.IsDelim('}') {
		k := in.UnsafeFieldName(false)
		in.WantColon()
		if k != "data" {
			in.SkipRecursive()
			in.WantComma()
			continue
		}
		in.Delim('[')
		for !in.IsDelim(']') {
			var name string
			var val int64
			var has bool
			in.Delim('{')
			for !in.IsDelim('}') {
				k := in.UnsafeFieldName(false)
				in.WantColon()
				switch k {
				case "name":
					u := in.UnsafeString()
					for _, w := range want {
						if w == u {
							name = w
							break
						}
					}
				case "total_value":
					in.Delim('{')
					for !in.IsDelim('}') {
						k := in.UnsafeFieldName(false)
						in.WantColon()
						if k == "value" {
							val, has = in.Int64(), true
						} else {
							in.SkipRecursive()
						}
						in.WantComma()
					}
					in.Delim('}')
				default:
					in.SkipRecursive()
				}
				in.WantComma()
			}
			in.Delim('}')
			in.WantComma()
			if name != "" && has {
				out = append(out, sample{name, val})
			}
		}
		in.Delim(']')
		in.WantComma()
	}
	return out, in.Error()
}

func encode(j *job, s []sample, at time.Time) []byte {
	b := make([]byte, 0, 700)
	b = append(b, `{"job_id":`...)
	b = strconv.AppendQuote(b, j.ID)
	b = append(b, `,"account_id":`...)
	b = strconv.AppendQuote(b, j.Account)
	b = append(b, `,"platform":`...)
	b = strconv.AppendQuote(b, j.Platform)
	b = append(b, `,"date":`...)
	b = strconv.AppendQuote(b, j.Date)
	b = append(b, `,"fetched_at":"`...)
	b = at.UTC().AppendFormat(b, time.RFC3339Nano)
	b = append(b, `","samples":[`...)
	for i := range s {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"metric":`...)
		b = strconv.AppendQuote(b, s[i].Metric)
		b = append(b, `,"value":`...)
		b = strconv.AppendInt(b, s[i].Value, 10)
		b = append(b, '}')
	}
	return append(b, "]}"...)
}

// acker acks with multiple=true below the lowest tag still under way; a tag settled by a nack is passed over.
type acker struct {
	mu              sync.Mutex
	ch              *amqp.Channel
	done            map[uint64]bool // true: to be acked, false: already nacked
	low, upto, sent uint64
	armed           bool
}

func (a *acker) mark(tag uint64, toAck bool) {
	a.mu.Lock()
	a.done[tag] = toAck
	for {
		t, ok := a.done[a.low+1]
		if !ok {
			break
		}
		a.low++
		delete(a.done, a.low)
		if t {
			a.upto = a.low
		}
	}
	flush := a.upto-a.sent >= 100
	if !flush && !a.armed && a.upto > a.sent { // a partial run waits at most 5 ms
		a.armed = true
		time.AfterFunc(5*time.Millisecond, func() { a.mu.Lock(); a.armed = false; a.mu.Unlock(); a.flush() })
	}
	a.mu.Unlock()
	if flush {
		a.flush()
	}
}
func (a *acker) flush() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.upto > a.sent {
		a.sent = a.upto
		must(a.ch.Ack(a.upto, true))
	}
}

type fetcher func(path string, buf []byte) ([]byte, error)

func netHTTP(conns int) fetcher {
	c := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConns: conns, MaxIdleConnsPerHost: conns,
		MaxConnsPerHost: conns, IdleConnTimeout: 90 * time.Second, DisableCompression: true}}
	return func(path string, buf []byte) ([]byte, error) {
		req, err := http.NewRequest("GET", platform+path, nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Authorization", auth)
		req.Header.Set("Accept", "application/json")
		r, err := c.Do(req)
		if err != nil {
			return nil, err
		}
		defer r.Body.Close()
		if r.StatusCode != 200 {
			return nil, fmt.Errorf("platform answered %d", r.StatusCode)
		}
		w := bytes.NewBuffer(buf[:0])
		_, err = w.ReadFrom(r.Body)
		return w.Bytes(), err
	}
}

func fastHTTP(conns int) fetcher {
	c := &fasthttp.Client{MaxConnsPerHost: conns, MaxIdleConnDuration: 90 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 10 * time.Second, MaxConnWaitTimeout: 30 * time.Second, NoDefaultUserAgentHeader: true}
	return func(path string, buf []byte) ([]byte, error) {
		req, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
		defer fasthttp.ReleaseRequest(req)
		defer fasthttp.ReleaseResponse(res)
		req.SetRequestURI(platform + path)
		req.Header.Set("Authorization", auth)
		req.Header.Set("Accept", "application/json")
		if err := c.Do(req, res); err != nil {
			return nil, err
		}
		if res.StatusCode() != 200 {
			return nil, fmt.Errorf("platform answered %d", res.StatusCode())
		}
		return append(buf[:0], res.Body()...), nil
	}
}

func worker(ctx context.Context) {
	n := envInt("WORKERS", 32)
	cin, cout := dial(), dial()
	in, err := cin.Channel()
	must(err)
	out, err := cout.Channel()
	must(err)
	_, err = out.QueueDeclare(samplesQueue, true, false, false, false, quorum)
	must(err)
	_, err = in.QueueDeclare(jobsQueue, true, false, false, false, quorum)
	must(err)
	must(out.Confirm(false))
	must(in.Qos(envInt("PREFETCH", 500), 0, false))
	confirms := out.NotifyPublish(make(chan amqp.Confirmation, 4096))
	ack := &acker{ch: in, done: map[uint64]bool{}}
	var pubMu sync.Mutex
	pending := map[uint64]uint64{} // publish sequence -> job delivery tag
	go func() {
		for c := range confirms {
			if !c.Ack {
				log.Fatal("publish refused") // the jobs come back by redelivery
			}
			pubMu.Lock()
			tag := pending[c.DeliveryTag]
			delete(pending, c.DeliveryTag)
			pubMu.Unlock()
			ack.mark(tag, true)
		}
	}()
	fetch := netHTTP(n)
	if env("HTTP", "fasthttp") == "fasthttp" {
		fetch = fastHTTP(n)
	}
	deliveries, err := in.Consume(jobsQueue, "", false, false, false, false, nil)
	must(err)
	var wg sync.WaitGroup
	for i := 0; i < n; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			var j job
			var s []sample
			buf := make([]byte, 0, 8192)
			path := make([]byte, 0, 512)
			for d := range deliveries {
				if err := j.parse(d.Body); err != nil {
					log.Print("bad job: ", err)
					d.Nack(false, false)
					ack.mark(d.DeliveryTag, false)
					continue
				}
				path = append(append(append(path[:0], "/v25.0/"...), j.Account...), "/insights?metric="...)
				for k, m := range j.Metrics {
					if k > 0 {
						path = append(path, ',')
					}
					path = append(path, m...)
				}
				path = append(append(path, "&period=day&metric_type=total_value&since="...), j.Date...)
				path = append(append(path, "&until="...), j.Date...)
				body, err := fetch(string(path), buf)
				if err == nil {
					buf = body
					s, err = parseInsights(body, j.Metrics, s[:0])
				}
				if err != nil {
					log.Print("job failed: ", err)
					d.Nack(false, true)
					ack.mark(d.DeliveryTag, false)
					continue
				}
				msg := amqp.Publishing{DeliveryMode: 2, ContentType: "application/json", MessageId: j.ID, Body: encode(&j, s, time.Now())}
				pubMu.Lock()
				pending[out.GetNextPublishSeqNo()] = d.DeliveryTag
				err = out.PublishWithContext(ctx, "", samplesQueue, false, false, msg)
				pubMu.Unlock()
				must(err)
			}
		}()
	}
	<-ctx.Done()
	ack.flush()
	cin.Close()
	cout.Close()
}

type row struct {
	account, platform, metric string
	date, at                  time.Time
	value                     int64
}

func parseSamples(b []byte, rows []row) ([]row, error) {
	in := jlexer.Lexer{Data: b}
	var r row
	first := len(rows)
	in.Delim('{')
	for !in.IsDelim('}') {
		k := in.UnsafeFieldName(false)
		in.WantColon()
		switch k {
		case "account_id":
			r.account = in.String()
		case "platform":
			r.platform = in.String()
		case "date":
			t, err := time.Parse("2006-01-02", in.UnsafeString())
			if err != nil {
				return rows, err
			}
			r.date = t
		case "fetched_at":
			t, err := time.Parse(time.RFC3339Nano, in.UnsafeString())
			if err != nil {
				return rows, err
			}
			r.at = t
		case "samples":
			in.Delim('[')
			for !in.IsDelim(']') {
				in.Delim('{')
				for !in.IsDelim('}') {
					k := in.UnsafeFieldName(false)
					in.WantColon()
					switch k {
					case "metric":
						r.metric = in.String()
					case "value":
						r.value = in.Int64()
					default:
						in.SkipRecursive()
					}
					in.WantComma()
				}
				in.Delim('}')
				in.WantComma()
				rows = append(rows, r)
			}
			in.Delim(']')
		default:
			in.SkipRecursive()
		}
		in.WantComma()
	}
	for i := first; i < len(rows); i++ { // whatever the key order was
		rows[i].account, rows[i].platform, rows[i].date, rows[i].at = r.account, r.platform, r.date, r.at
	}
	return rows, in.Error()
}

type source struct {
	rows []row
	i    int
	v    [7]interface{}
}

func (s *source) Next() bool { s.i++; return s.i <= len(s.rows) }
func (s *source) Values() ([]interface{}, error) {
	r := &s.rows[s.i-1]
	s.v = [7]interface{}{r.account, r.platform, r.metric, r.date, nil, r.value, r.at}
	return s.v[:], nil
}
func (s *source) Err() error { return nil }

func writer(ctx context.Context, con *amqp.Connection) {
	max, linger := envInt("AGG_BATCH", 500), time.Duration(envInt("AGG_LINGER_MS", 20))*time.Millisecond
	sqlDir := env("SQL_DIR", ".")
	read := func(n string) string { b, err := os.ReadFile(sqlDir + "/" + n); must(err); return string(b) }
	pg, err := pgx.Connect(context.Background(), env("PG_URL", ""))
	must(err)
	_, err = pg.Exec(context.Background(), read("stage.sql"), pgx.QuerySimpleProtocol(true))
	must(err)
	_, err = pg.Prepare(context.Background(), "s1", read("merge_snapshots.sql"))
	must(err)
	_, err = pg.Prepare(context.Background(), "s2", read("merge_rollups.sql"))
	must(err)
	ch, err := con.Channel()
	must(err)
	_, err = ch.QueueDeclare(samplesQueue, true, false, false, false, quorum)
	must(err)
	must(ch.Qos(max*2, 0, false))
	in, err := ch.Consume(samplesQueue, "", false, false, false, false, nil)
	must(err)
	rows := make([]row, 0, max*10)
	cols := []string{"account_id", "platform", "metric", "date", "post_id", "value", "fetched_at"}
	for {
		rows = rows[:0]
		n := 0
		var last uint64
		var timer *time.Timer
		var end <-chan time.Time
	fill:
		for n < max {
			select {
			case d, ok := <-in:
				if !ok {
					return
				}
				if rows, err = parseSamples(d.Body, rows); err != nil {
					log.Fatal("bad samples: ", err)
				}
				last = d.DeliveryTag
				if n++; n == 1 {
					timer = time.NewTimer(linger)
					end = timer.C
				}
			case <-end:
				break fill
			case <-ctx.Done():
				return
			}
		}
		timer.Stop()
		bg := context.Background()
		_, err := pg.Exec(bg, "BEGIN", pgx.QuerySimpleProtocol(true))
		must(err)
		_, err = pg.CopyFrom(bg, pgx.Identifier{"stage"}, cols, &source{rows: rows})
		must(err)
		b := &pgx.Batch{}
		b.Queue("s1")
		b.Queue("s2")
		b.Queue("COMMIT")
		must(pg.SendBatch(bg, b).Close())
		must(ch.Ack(last, true))
	}
}

func main() {
	debug.SetGCPercent(envInt("GO_GC", 400))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	switch os.Args[1] {
	case "worker":
		worker(ctx)
	case "dispatch": // how fast this stack itself can enqueue, 1,000 unconfirmed at most
		n := envInt("JOBS", 20000)
		ch, err := dial().Channel()
		must(err)
		_, err = ch.QueueDeclare(jobsQueue, true, false, false, false, quorum)
		must(err)
		must(ch.Confirm(false))
		confirms := ch.NotifyPublish(make(chan amqp.Confirmation, 4096))
		window := make(chan struct{}, 1000)
		done := make(chan bool)
		go func() {
			for i := 0; i < n; i++ {
				if c := <-confirms; !c.Ack {
					log.Fatal("publish refused")
				}
				<-window
			}
			close(done)
		}()
		t0 := time.Now()
		for i := 0; i < n; i++ {
			window <- struct{}{}
			id := fmt.Sprintf("0193457a-0000-7000-8000-%012d", i)
			body := fmt.Sprintf(`{"job_id":"%s","account_id":"17841400%06d","platform":"instagram","date":"2026-01-01","metrics":["views","reach","profile_views","website_clicks","accounts_engaged","total_interactions","likes","comments","saves","shares"],"attempt":1,"priority":"normal","reason":"daily","enqueued_at":"2026-11-21T09:00:00.000Z"}`, id, i%2000)
			must(ch.PublishWithContext(ctx, "", jobsQueue, false, false, amqp.Publishing{DeliveryMode: 2, ContentType: "application/json", MessageId: id, Body: []byte(body)}))
		}
		<-done
		var ru syscall.Rusage
		syscall.Getrusage(syscall.RUSAGE_SELF, &ru)
		cpu := time.Duration(ru.Utime.Nano() + ru.Stime.Nano()).Seconds()
		fmt.Printf("{\"stack\":\"go\",\"count\":%d,\"rate\":%.0f,\"cpu_per_1k\":%.4f}\n", n, float64(n)/time.Since(t0).Seconds(), cpu/float64(n)*1000)
	case "aggregator":
		con := dial()
		var wg sync.WaitGroup
		for i := 0; i < envInt("AGG_WRITERS", 2); i++ {
			wg.Add(1)
			go func() { defer wg.Done(); writer(ctx, con) }()
		}
		wg.Wait()
	}
}
