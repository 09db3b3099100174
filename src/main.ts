// The entry of every command; `src/server.ts` puts the server together.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from './clock.ts'
import { processEnvironment } from './config.ts'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`contrail needs Node 22.18 or later; this is ${process.versions.node}`)
  process.exit(1)
}
if (process.argv[2] === '--node') {
  console.log(process.execPath)
} else {
  const { run } = await import('./cli/program.ts')
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'))
  process.exitCode = await run(process.argv.slice(2), {
    env: processEnvironment(),
    stdout: process.stdout,
    stderr: process.stderr,
    clock: systemClock,
    fetch,
    sleep: (ms, signal) => sleep(ms, undefined, { signal }),
    interrupted() {
      const controller = new AbortController()
      process.once('SIGINT', () => controller.abort())
      return controller.signal
    },
    version,
  })
}
