// Stands between the client SDKs and the gateway, and checks every answer that passes against the
// OpenAPI document that the gateway serves: status, headers, content type, and body, or each event
// of a stream as it comes.
//
//   node validating-proxy.js <gateway's URL> [<another document, as JSON>]
//
// Prints its own URL. GET /__report tells what was seen; POST /__stop ends it, with exit status 1
// if anything did not fit.
import { readFileSync } from "node:fs";
import http from "node:http";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const target = new URL(process.argv[2]);
const document = process.argv[3] ? JSON.parse(readFileSync(process.argv[3], "utf8")) : await served();
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
addFormats(ajv);
if (document) ajv.addSchema(document, "openapi");

const seen = { operations: {}, undescribed: new Set(), faults: new Map() };

async function served() {
  const response = await fetch(new URL("/openapi.json", target));
  return response.ok ? response.json() : undefined;
}

function fault(where, what) {
  const text = `${where}: ${what}`;
  seen.faults.set(text, (seen.faults.get(text) ?? 0) + 1);
}

// Where the paths of the document begin, besides the root.
const roots = ["", ...(document?.servers ?? []).map((server) => new URL(server.url, target).pathname.replace(/\/$/, ""))];

const patterns = Object.keys(document?.paths ?? {}).map((template) => [
  template,
  new RegExp(`^${template.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{[^}]+\}/g, "[^/]+")}$`),
]);

function described(method, path) {
  for (const root of roots) {
    if (!path.startsWith(root)) continue;
    const rest = path.slice(root.length);
    const exact = document?.paths?.[rest];
    if (exact?.[method]) return [rest, exact[method]];
    for (const [template, pattern] of patterns) {
      if (document.paths[template][method] && pattern.test(rest)) return [template, document.paths[template][method]];
    }
  }
  return undefined;
}

const pointer = (...parts) =>
  parts.map((part) => encodeURIComponent(String(part).replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");
const compiled = new Map();

function check(schemaPointer, value, where) {
  if (!compiled.has(schemaPointer)) compiled.set(schemaPointer, ajv.compile({ $ref: `openapi#/${schemaPointer}` }));
  const validate = compiled.get(schemaPointer);
  if (validate(value)) return;
  for (const error of validate.errors.slice(0, 8)) {
    fault(where, `${error.instancePath || "/"} ${error.message} ${JSON.stringify(error.params)}`);
  }
}

// Follows a response that is a reference to one of the components.
function place(base, object) {
  if (!object.$ref) return [base, object];
  const parts = object.$ref.slice(2);
  return [parts, parts.split("/").reduce((at, part) => at[part.replaceAll("~1", "/").replaceAll("~0", "~")], document)];
}

// What an answer's head says that its body must be: undefined where there is nothing to hold it to.
function expected(method, path, status, headers) {
  const found = described(method, path);
  if (!found) {
    seen.undescribed.add(`${method.toUpperCase()} ${path}`);
    return undefined;
  }
  const [template, operation] = found;
  const name = `${method.toUpperCase()} ${template}`;
  const count = (seen.operations[name] ??= { answers: 0, events: 0, statuses: {} });
  count.answers++;
  count.statuses[status] = (count.statuses[status] ?? 0) + 1;
  const where = `${name} ${status}`;
  const key = operation.responses?.[status] ? status : operation.responses?.default ? "default" : undefined;
  if (key === undefined) {
    fault(where, "the document knows no such status");
    return undefined;
  }
  const [base, response] = place(pointer("paths", template, method, "responses", key), operation.responses[key]);
  for (const [header, { required }] of Object.entries(response.headers ?? {})) {
    if (required && headers[header.toLowerCase()] === undefined) fault(where, `no header ${header}`);
  }
  const media = (headers["content-type"] ?? "").split(";")[0].trim();
  if (!response.content) return undefined;
  if (!response.content[media]) {
    fault(where, `the document knows no ${media || "such content"} there`);
    return undefined;
  }
  if (!response.content[media].schema) return undefined;
  return { where, count, media, schema: `${base}/${pointer("content", media, "schema")}` };
}

function inspectEvent(to, block) {
  const event = {};
  for (const line of block.split(/\r\n|\n|\r/)) {
    if (line.startsWith("event:")) event.event = line.slice(6).trim();
    if (line.startsWith("data:")) event.data = (event.data === undefined ? "" : `${event.data}\n`) + line.slice(5).trimStart();
  }
  if (event.data === undefined || event.data === "[DONE]") return;
  to.count.events++;
  try {
    event.data = JSON.parse(event.data);
  } catch (error) {
    fault(`${to.where} event`, error.message);
    return;
  }
  const where = `${to.where} event ${event.event ?? ""}`.trim();
  if (event.event !== undefined && event.data.type !== event.event) fault(where, `is of type ${event.data.type}`);
  check(to.schema, event, where);
}

// Takes an answer's body piece by piece: a stream is judged event by event, also if it breaks off.
function judge(to) {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  return {
    take(piece) {
      try {
        text += decoder.decode(piece, { stream: true });
      } catch (error) {
        fault(to.where, error.message);
      }
      if (to.media !== "text/event-stream") return;
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        inspectEvent(to, text.slice(0, end));
        text = text.slice(end + 2);
      }
    },
    end() {
      if (to.media === "text/event-stream") {
        if (text.trim() !== "") fault(to.where, "the last event is not ended");
        return;
      }
      if (to.media !== "application/json") return;
      try {
        check(to.schema, JSON.parse(text), to.where);
      } catch (error) {
        fault(to.where, error.message);
      }
    },
  };
}

function report() {
  const all = Object.values(seen.operations);
  return {
    document: Boolean(document),
    answers: all.reduce((sum, one) => sum + one.answers, 0),
    events: all.reduce((sum, one) => sum + one.events, 0),
    operations: Object.fromEntries(Object.entries(seen.operations).sort()),
    undescribed: [...seen.undescribed].sort(),
    faults: [...seen.faults].map(([text, times]) => (times > 1 ? `${text} (${times} times)` : text)),
  };
}

const server = http.createServer((request, response) => {
  if (request.url === "/__report" || request.url === "/__stop") {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(report(), null, 2));
    if (request.url === "/__stop") {
      process.exitCode = !document || seen.faults.size > 0 ? 1 : 0;
      response.on("finish", () => {
        server.close();
        server.closeAllConnections();
      });
    }
    return;
  }
  const onward = http.request(
    target,
    { method: request.method, path: request.url, headers: { ...request.headers, host: target.host } },
    (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      response.flushHeaders();
      const method = request.method.toLowerCase();
      const to = expected(method, new URL(request.url, target).pathname, answer.statusCode, answer.headers);
      const body = to && judge(to);
      answer.on("data", (piece) => {
        body?.take(piece);
        response.write(piece);
      });
      answer.on("end", () => {
        response.end();
        body?.end();
      });
      answer.on("error", () => response.destroy());
    },
  );
  onward.on("error", () => response.destroy());
  response.on("close", () => onward.destroy());
  request.pipe(onward);
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
