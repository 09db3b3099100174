// `node tools/test.mjs fast` is what `npm test` runs; `all` adds the slower suites, each a folder under
// test/. Steps run in order and the first failure ends the run. The last line is for CI to read.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = (name) => join(root, 'node_modules', '.bin', name)
const suites = process.argv[2] === 'all' ? ['conformance', 'faults', 'bench'] : []

// Vitest runs under the same Node as the server: SQLite and type stripping come with it.
const node = spawnSync(join(root, 'contrail'), ['--node'], { encoding: 'utf8' }).stdout.trim()
const vitest = [node, [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run']]
const steps = [
  { name: 'types', command: bin('tsc'), args: ['--noEmit'] },
  {
    name: 'lint and format',
    command: bin('biome'),
    args: ['ci', '--colors=off', '--error-on-warnings', '.'],
  },
  { name: 'fast tests', command: vitest[0], args: vitest[1] },
  ...suites.map((suite) => ({
    name: `${suite} suite`,
    command: vitest[0],
    args: [...vitest[1], '--no-file-parallelism', '--passWithNoTests'],
    env: { SUITE: suite },
  })),
]

let passed = 0
for (const { name, command, args, env } of steps) {
  const started = Date.now()
  console.log(`\n── ${name}`)
  const run = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  })
  if (run.status !== 0) {
    console.log(`── ${name} FAILED\n${passed} passed, 1 failed`)
    process.exit(1)
  }
  passed += 1
  console.log(`── ${name}: passed in ${((Date.now() - started) / 1000).toFixed(1)} s`)
}
console.log(`\n${passed} passed, 0 failed`)
