// Makes dist/ for the published package: Node refuses to strip types under node_modules. `npm pack` runs it.
import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
rmSync(join(root, 'dist'), { recursive: true, force: true })
const tsc = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: ['ignore', 2, 2],
})
if (tsc.status !== 0) process.exit(1)
for (const name of readdirSync(join(root, 'src/gen')).filter((name) => name.endsWith('.json'))) {
  copyFileSync(join(root, 'src/gen', name), join(root, 'dist/gen', name))
}
const registry = ['services.json', 'models']
for (const name of registry) {
  cpSync(join(root, 'src/registry', name), join(root, 'dist/registry', name), { recursive: true })
}
