// The packed tarball installs and runs elsewhere, with nothing of the clone beside it.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { hasTool, runTool } from '../tools.ts'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'contrail-package-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const env = { ...process.env, NODE_COMPILE_CACHE: '' } as Record<string, string>
const hasRegistry = hasTool('npm', ['view', 'yaml', 'version'], 'installing the packed tarball')

test.skipIf(!hasRegistry)('the packed tarball installs and serves', async () => {
  const packed = await runTool('npm', ['pack', root, '--pack-destination', folder, '--json'], env)
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('[')))
  const home = join(folder, 'elsewhere')
  await runTool('mkdir', [home], env)
  writeFileSync(join(home, 'package.json'), '{"private":true}')
  const install = ['install', '--prefix', home, '--no-audit', '--no-fund', join(folder, filename)]
  await runTool('npm', install, env)

  const contrail = join(home, 'node_modules/.bin/contrail')
  expect((await runTool(contrail, ['--version'], env)).trim()).toMatch(/^\d+\.\d+\.\d+$/)
  const data = join(folder, 'data')
  const server = spawn(contrail, ['serve', '--listen', '127.0.0.1:0', '--data', data], { env })
  const ended = new Promise((done) => server.once('exit', done))
  await new Promise((done) => server.stdout.once('data', done))
  const lines = await runTool(contrail, ['env', '--data', data], env)
  expect(lines).toContain('export AWS_ENDPOINT_URL=http://127.0.0.1:')
  server.kill('SIGTERM')
  expect(await ended).toBe(0)
  expect(await runTool(contrail, ['fsck', '--data', data], env)).toContain('as it was written')

  const program = join(home, 'program.mjs')
  writeFileSync(
    program,
    `import { buildDigest, verifyChains } from 'contrail/digest'
    import { createAudit } from 'contrail/middleware'
    console.log(typeof buildDigest, typeof verifyChains, typeof createAudit)`,
  )
  expect(await runTool(process.execPath, [program], env)).toBe('function function function\n')
})
