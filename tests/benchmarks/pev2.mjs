// What pev2 says that each node took by itself: plans by name come in as JSON, and go out the same way.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
const built = fs.readFileSync(path.join(folder, "pev2.es.js"), "utf8");
// Its parser is not exported: this one line lets it out.
const name = built.match(/(\w+)\.createPlan\("", /)[1];
const open = path.join(folder, "open.mjs");
fs.writeFileSync(open, `${built}\nexport { ${name} as planService };\n`);
const { planService } = await import(pathToFileURL(open));

const told = {};
for (const [title, plans] of Object.entries(JSON.parse(fs.readFileSync(0, "utf8")))) {
  const plan = planService.createPlan("", planService.fromSource(JSON.stringify(plans)), "");
  const nodes = [];
  const left = [plan.content.Plan, ...(plan.ctes ?? [])];
  while (left.length) {
    const node = left.pop();
    nodes.push([node["*Duration (exclusive)"] ?? 0, node["*Shared Hit Blocks (exclusive)"] ?? 0]);
    left.push(...(node.Plans ?? []));
  }
  told[title] = nodes;
}
console.log(JSON.stringify(told));
