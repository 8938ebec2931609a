// Orders one collection job by AMQP: persistent, mandatory, confirmed.
//
//	FLOTILLA_AMQP_URL=amqp://localhost/ go run enqueue.go instagram 12 [LANE]
//
// Needs github.com/rabbitmq/amqp091-go (Debian: golang-github-rabbitmq-amqp091-go-dev).
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

type job struct {
	Version    int    `json:"version"`
	ID         string `json:"id"`
	Platform   string `json:"platform"`
	Account    int64  `json:"account"`
	Collect    string `json:"collect"`
	Date       string `json:"date"`
	Lane       string `json:"lane"`
	Reason     string `json:"reason"`
	EnqueuedAt string `json:"enqueued_at"`
}

// newID makes a UUID of version 7: the ledger is divided by the time in it.
func newID(now time.Time) string {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err)
	}
	ms := now.UnixMilli()
	for i := 5; i >= 0; i-- {
		b[i] = byte(ms)
		ms >>= 8
	}
	b[6] = b[6]&0x0F | 0x70
	b[8] = b[8]&0x3F | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func publish(j job) (string, error) {
	connection, err := amqp.Dial(os.Getenv("FLOTILLA_AMQP_URL"))
	if err != nil {
		return "unknown", err
	}
	defer connection.Close()
	channel, err := connection.Channel()
	if err != nil {
		return "unknown", err
	}
	if err := channel.Confirm(false); err != nil {
		return "unknown", err
	}
	returned := channel.NotifyReturn(make(chan amqp.Return, 1))
	body, err := json.Marshal(j)
	if err != nil {
		return "refused", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	confirmation, err := channel.PublishWithDeferredConfirmWithContext(ctx, "jobs", j.Platform+"."+j.Lane, true, false,
		amqp.Publishing{
			ContentType: "application/json", Type: "flotilla.job.v1", MessageId: j.ID,
			DeliveryMode: amqp.Persistent, AppId: "example", Body: body,
		})
	if err != nil {
		return "unknown", err
	}
	confirmed := make(chan bool, 1)
	go func() { confirmed <- confirmation.Wait() }()
	select {
	case ok := <-confirmed:
		// A message that no queue takes comes back before it is confirmed.
		select {
		case back := <-returned:
			return "refused", fmt.Errorf("no queue takes it: %s", back.ReplyText)
		default:
		}
		if !ok {
			return "refused", fmt.Errorf("the broker could not take it")
		}
		return "accepted", nil
	case <-ctx.Done():
		return "unknown", ctx.Err()
	}
}

func main() {
	account, err := strconv.ParseInt(os.Args[2], 10, 64)
	if err != nil {
		fmt.Fprintln(os.Stderr, "the account is a number")
		os.Exit(2)
	}
	now := time.Now().UTC()
	j := job{
		Version: 1, ID: newID(now), Platform: os.Args[1], Account: account, Collect: "account_daily",
		Date: now.AddDate(0, 0, -1).Format("2006-01-02"), Lane: "normal", Reason: "example",
		EnqueuedAt: now.Format(time.RFC3339),
	}
	if len(os.Args) > 3 {
		j.Lane = os.Args[3]
	}
	word, err := publish(j)
	fmt.Println(word, j.ID)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
