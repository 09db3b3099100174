// Makes a fresh clone ready, with any Node from 18 on: installs what the lock file names when it has
// changed since the last time. `npm start` and `npm test` run it first; it costs nothing when all is there.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stamp = join(root, 'node_modules', '.contrail-setup')
const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  console.error('contrail: installing the locked packages (once, about 15 s) …')
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (npm.status !== 0) {
    console.error('contrail: npm ci failed; see its message above')
    process.exit(1)
  }
  await warm()
  writeFileSync(stamp, lock)
}

/** One start and stop of the server, so that Node keeps its files without types (`./contrail` says where). */
function warm() {
  const data = mkdtempSync(join(tmpdir(), 'contrail-warm-'))
  const server = spawn(
    join(root, 'contrail'),
    ['serve', '--listen', '127.0.0.1:0', '--data', data],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  server.stdout.once('data', () => server.kill('SIGTERM'))
  return new Promise((done) => server.once('close', done)).finally(() =>
    rmSync(data, { recursive: true, force: true }),
  )
}
