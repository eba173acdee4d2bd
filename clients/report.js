// Prints, for the report of the validating proxy on standard input, what was held to the document.
import { text } from "node:stream/consumers";

const report = JSON.parse(await text(process.stdin));
console.log(`held to /openapi.json: ${report.answers} answers and ${report.events} events of streams`);
for (const [operation, { answers, events, statuses }] of Object.entries(report.operations)) {
  const by = Object.entries(statuses).map(([status, count]) => `${count} × ${status}`);
  console.log(`  ${operation}: ${answers} answers (${by.join(", ")})${events > 0 ? `, ${events} events` : ""}`);
}
for (const path of report.undescribed) console.log(`  not in the document: ${path}`);
for (const fault of report.faults) console.log(`  FAULT ${fault}`);
console.log(report.faults.length > 0 ? `${report.faults.length} kinds of faults` : "no faults");
