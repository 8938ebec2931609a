// Orders a job inside a transaction of the caller's own: it exists if and only if the caller's rows do.
//
//     npm install pg
//     FLOTILLA_POSTGRES_URL=postgresql://localhost/flotilla node enqueue.js instagram 12 KEY
const { Client } = require("pg");

async function main() {
  const [platform, account, key] = process.argv.slice(2);
  const client = new Client({ connectionString: process.env.FLOTILLA_POSTGRES_URL });
  await client.connect();
  try {
    await client.query("begin");
    // ... what else belongs to the same change goes here ...
    const job = { platform, account: Number(account), reason: "example", idempotency_key: key, unique_for: 3600 };
    const { rows } = await client.query("select id, verdict from flotilla.submit($1::jsonb)", [JSON.stringify(job)]);
    await client.query("commit");
    console.log(rows[0].verdict, rows[0].id);
  } catch (error) {
    await client.query("rollback");
    // 23514, 23503 and 22004 are refusals; `detail` is the path of the field that is wrong.
    console.log("refused", error.detail, error.message);
    process.exitCode = 4;
  } finally {
    await client.end();
  }
}

main();
