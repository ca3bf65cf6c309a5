#!/usr/bin/env node
/** Command line of the simulator; run it without arguments to read what it can do. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { compile, write } from './src/compile/index.mjs'
import { makeSelfContained } from './src/postbuild.mjs'
import { serve } from './src/serve.mjs'

const USAGE = `mpsim check DIST                             check a built mini program
mpsim build DIST OUT                         check it and write a folder that runs it
mpsim serve DIST [--server URL] [--port N]   check it and run it against the product at URL
mpsim postbuild DIST NODE_MODULES            inline the icon font, drop preloads from foreign hosts`

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { server: { type: 'string' }, port: { type: 'string' } },
})
const [command, first, second] = positionals

if (command === 'check' && first) checked(first)
else if (command === 'build' && first && second) await write(path.resolve(first), path.resolve(second), checked(first))
else if (command === 'serve' && first) await run(first)
else if (command === 'postbuild' && first && second) selfContained(first, second)
else {
  console.error(USAGE)
  process.exit(2)
}

function checked(dist) {
  const compiled = compile(path.resolve(dist))
  const { pages, modules, templates, expressions, styles } = compiled.counts
  console.log(`${pages} pages, ${modules} modules, ${templates} templates, ${expressions} expressions, ${styles} style sheets`)
  for (const problem of compiled.problems) console.error(`problem: ${problem}`)
  if (compiled.problems.length > 0) process.exit(1)
  return compiled
}

async function run(dist) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mpsim-'))
  await write(path.resolve(dist), folder, checked(dist))
  const { url } = await serve(folder, { server: values.server, port: Number(values.port ?? 0) })
  console.log(url)
}

function selfContained(dist, nodeModules) {
  const left = makeSelfContained(path.resolve(dist), path.resolve(nodeModules))
  for (const line of left) console.error(`loads from another host: ${line}`)
  if (left.length > 0) process.exit(1)
}
