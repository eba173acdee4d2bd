// Stands between the client SDKs and the gateway, and checks every answer that passes against the
// OpenAPI document that the gateway serves: status, content type, and body or events.
//
//   node validating-proxy.js <gateway's URL>
//
// Prints its own URL. GET /__report tells what was seen; POST /__stop ends it, with exit status 1
// if anything did not fit.
import http from "node:http";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const target = new URL(process.argv[2]);
const document = await served();
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
addFormats(ajv);
if (document) ajv.addSchema(document, "openapi");

const seen = { answers: 0, events: 0, undescribed: new Set(), faults: [] };

async function served() {
  const response = await fetch(new URL("/openapi.json", target));
  return response.ok ? response.json() : undefined;
}

// Where the paths of the document begin, besides the root.
const roots = ["", ...(document?.servers ?? []).map((server) => new URL(server.url, target).pathname.replace(/\/$/, ""))];

function described(method, path) {
  for (const root of roots) {
    if (!path.startsWith(root)) continue;
    const rest = path.slice(root.length);
    const exact = document?.paths?.[rest];
    if (exact?.[method]) return [rest, exact[method]];
    for (const [template, item] of Object.entries(document?.paths ?? {})) {
      const pattern = new RegExp(`^${template.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{[^}]+\}/g, "[^/]+")}$`);
      if (item[method] && pattern.test(rest)) return [template, item[method]];
    }
  }
  return undefined;
}

const pointer = (...parts) => parts.map((part) => String(part).replaceAll("~", "~0").replaceAll("/", "~1")).join("/");
const compiled = new Map();

function check(schemaPointer, value, where) {
  if (!compiled.has(schemaPointer)) compiled.set(schemaPointer, ajv.compile({ $ref: `openapi#/${schemaPointer}` }));
  const validate = compiled.get(schemaPointer);
  if (validate(value)) return;
  for (const error of validate.errors.slice(0, 5)) {
    seen.faults.push(`${where}: ${error.instancePath || "/"} ${error.message} ${JSON.stringify(error.params)}`);
  }
}

// Follows a response that is a reference to one of the components.
function place(base, object) {
  if (!object.$ref) return [base, object];
  const parts = object.$ref.slice(2);
  return [parts, parts.split("/").reduce((at, part) => at[part.replaceAll("~1", "/").replaceAll("~0", "~")], document)];
}

function inspect(method, path, status, type, body) {
  seen.answers++;
  const where = `${method.toUpperCase()} ${path} ${status}`;
  const found = described(method, path);
  if (!found) {
    seen.undescribed.add(`${method.toUpperCase()} ${path}`);
    return;
  }
  const [template, operation] = found;
  const key = operation.responses?.[status] ? status : operation.responses?.default ? "default" : undefined;
  if (key === undefined) {
    seen.faults.push(`${where}: the document knows no such status`);
    return;
  }
  const [base, response] = place(pointer("paths", template, method, "responses", key), operation.responses[key]);
  const media = type.split(";")[0].trim();
  if (!response.content) return;
  if (!response.content[media]) {
    seen.faults.push(`${where}: the document knows no ${media || "such content"} there`);
    return;
  }
  if (!response.content[media].schema) return;
  const schema = `${base}/${pointer("content", media, "schema")}`;
  try {
    if (media === "text/event-stream") {
      for (const line of body.split("\n").filter((one) => one.startsWith("data: ") && one !== "data: [DONE]")) {
        seen.events++;
        check(schema, JSON.parse(line.slice(6)), `${where} event`);
      }
    } else if (media === "application/json") {
      check(schema, JSON.parse(body), where);
    }
  } catch (error) {
    seen.faults.push(`${where}: ${error.message}`);
  }
}

function report() {
  return {
    document: Boolean(document),
    answers: seen.answers,
    events: seen.events,
    undescribed: [...seen.undescribed].sort(),
    faults: [...new Set(seen.faults)],
  };
}

const server = http.createServer((request, response) => {
  if (request.url === "/__report" || request.url === "/__stop") {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(report(), null, 2));
    if (request.url === "/__stop") {
      server.close();
      server.closeAllConnections();
      process.exitCode = seen.faults.length > 0 ? 1 : 0;
    }
    return;
  }
  const onward = http.request(
    target,
    { method: request.method, path: request.url, headers: { ...request.headers, host: target.host } },
    (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      const pieces = [];
      answer.on("data", (piece) => {
        pieces.push(piece);
        response.write(piece);
      });
      answer.on("end", () => {
        response.end();
        inspect(
          request.method.toLowerCase(),
          new URL(request.url, target).pathname,
          answer.statusCode,
          answer.headers["content-type"] ?? "",
          Buffer.concat(pieces).toString("utf8"),
        );
      });
      // An answer that was broken off is not judged.
      answer.on("error", () => response.destroy());
    },
  );
  onward.on("error", () => response.destroy());
  response.on("close", () => onward.destroy());
  request.pipe(onward);
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
