import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import http from "node:http";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";

const document = {
  openapi: "3.1.0",
  servers: [{ url: "/api/v1" }],
  components: {
    responses: { Wrong: { description: "", content: { "application/json": { schema: { $ref: "#/components/schemas/Wrong" } } } } },
    schemas: {
      Thing: { type: "object", required: ["id"], properties: { id: { type: "string" }, next: { $ref: "#/components/schemas/Thing" } } },
      Wrong: { type: "object", required: ["error"] },
    },
  },
  paths: {
    "/things/{id}": {
      get: {
        responses: {
          200: {
            headers: { "X-Thing": { required: true } },
            content: {
              "application/json": { schema: { $ref: "#/components/schemas/Thing" } },
              "text/event-stream": {
                schema: { type: "object", required: ["data"], properties: { data: { $ref: "#/components/schemas/Thing" } } },
              },
            },
          },
          404: { $ref: "#/components/responses/Wrong" },
        },
      },
    },
  },
};

async function judged(status, type, body, headers = { "x-thing": "1" }, cut = false) {
  const gateway = http.createServer((request, response) => {
    const own = request.url === "/openapi.json";
    response.writeHead(own ? 200 : status, { ...headers, "content-type": own ? "application/json" : type });
    if (own) response.end(JSON.stringify(document));
    else if (cut) response.write(body, () => setTimeout(() => response.destroy(), 50));
    else response.end(body);
  });
  gateway.listen(0, "127.0.0.1");
  await once(gateway, "listening");
  const proxy = spawn(process.execPath, ["validating-proxy.js", `http://127.0.0.1:${gateway.address().port}`], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [url] = await once(createInterface(proxy.stdout), "line");
    const passed = await fetch(`${url}/api/v1/things/7`);
    assert.equal(passed.status, status);
    if (cut) await assert.rejects(passed.text());
    else assert.equal(await passed.text(), body);
    const report = await (await fetch(`${url}/__stop`, { method: "POST" })).json();
    const [code] = await once(proxy, "exit");
    assert.equal(code, report.faults.length > 0 ? 1 : 0);
    return report;
  } finally {
    proxy.kill();
    gateway.close();
  }
}

test("what fits passes, whole, streamed and as an error", async () => {
  for (const [status, type, body, events] of [
    [200, "application/json; charset=utf-8", '{"id":"a","next":{"id":"b"}}', 0],
    [200, "text/event-stream", ': hold on\n\ndata: {"id":"a"}\n\ndata: {"id":"b"}\n\ndata: [DONE]\n\n', 2],
    [404, "application/json", '{"error":{}}', 0],
  ]) {
    const report = await judged(status, type, body);
    assert.deepEqual(report.faults, []);
    assert.deepEqual(report.undescribed, []);
    assert.equal(report.answers, 1);
    assert.equal(report.events, events);
    assert.deepEqual(report.operations["GET /things/{id}"], { answers: 1, events, statuses: { [status]: 1 } });
  }
});

test("what does not fit is told", async () => {
  for (const [status, type, body, fault, headers] of [
    [200, "application/json", '{"next":{"id":7}}', /required property 'id'.*|must be string/],
    [200, "text/event-stream", 'data: {"id":"a"}\n\ndata: {"id":7}\n\n', /must be string/],
    [200, "application/json", "{", /JSON/],
    [404, "application/json", "{}", /'error'/],
    [500, "application/json", "{}", /no such status/],
    [200, "text/html", "<p>", /no text\/html/],
    [200, "application/json", '{"id":"a"}', /no header X-Thing/, {}],
    [200, "text/event-stream", 'data: {"id":"a"}\n\ndata: {"id"', /not ended/],
    [200, "text/event-stream", 'event: x\ndata: {"id":"a","type":"y"}\n\n', /is of type y/],
  ]) {
    const report = await judged(status, type, body, headers);
    assert.ok(report.faults.some((one) => fault.test(one)), JSON.stringify(report));
  }
});

test("a stream that breaks off is judged as far as it came", async () => {
  const report = await judged(200, "text/event-stream", 'data: {"id":7}\n\ndata: {"id":"b"}\n\n', { "x-thing": "1" }, true);
  assert.equal(report.events, 2);
  assert.match(report.faults[0], /must be string/);
});
