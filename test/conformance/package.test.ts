// The packed tarball installs and runs elsewhere, with nothing of the clone beside it.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hasTool, runTool } from '../tools.ts'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'contrail-package-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const env = { ...process.env, NODE_COMPILE_CACHE: '' } as Record<string, string>
const hasRegistry = hasTool('npm', ['view', 'yaml', 'version'], 'installing the packed tarball')

let tarball: string
beforeAll(async () => {
  const packed = await runTool('npm', ['pack', root, '--pack-destination', folder, '--json'], env)
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('[')))
  tarball = join(folder, filename)
}, 300_000)

test.skipIf(!hasRegistry)('the packed tarball installs and serves', async () => {
  const home = join(folder, 'elsewhere')
  await runTool('mkdir', [home], env)
  writeFileSync(join(home, 'package.json'), '{"private":true}')
  const install = ['install', '--prefix', home, '--no-audit', '--no-fund', tarball]
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

const consumer = `
  import { S3Client } from '@aws-sdk/client-s3'
  import express from 'express'
  import Fastify from 'fastify'
  import { Hono } from 'hono'
  import { type Audit, AuditError, createAudit } from 'contrail/middleware'
  import { auditClient, expressAudit, fastifyAudit, honoAudit } from 'contrail/middleware'

  const audit: Audit = createAudit({
    endpoint: 'http://127.0.0.1:1/ingest/apps',
    token: 't',
    source: 'app.example.internal',
    accountId: '111122223333',
    region: 'us-east-1',
    onError: ({ code, count }) => console.log(code satisfies string, count),
  })
  const user = (id: string | undefined) => (id === undefined ? undefined : { id })
  express().use(expressAudit<express.Request>(audit, { user: (one) => user(one.get('x-user')) }))
  express().use(expressAudit(audit, { user: (one) => user(one.ip) }))
  fastifyAudit(Fastify(), audit, { user: (one) => user(one.id) })
  new Hono().use(honoAudit(audit, { sourceIPAddress: (c) => c.req.header('x-real-ip') }))
  auditClient(new S3Client({ region: 'us-east-1' }), audit, { params: ['Bucket'] })
  // @ts-expect-error: an event has a name
  const kept: Promise<void> = audit.record({})
  kept.catch((error: AuditError) => console.log(error.code === 'Invalid', audit.counts().kept))
`

test('a strict program compiles against the tarball, with each framework and resolution, and runs', async () => {
  const home = join(folder, 'consumer')
  const modules = join(home, 'node_modules')
  mkdirSync(join(modules, 'contrail'), { recursive: true })
  const unpack = ['-xzf', tarball, '--strip-components=1', '-C', join(modules, 'contrail')]
  await runTool('tar', unpack, env)
  for (const name of ['express', 'fastify', 'hono', '@types', '@aws-sdk']) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
  }
  writeFileSync(join(home, 'package.json'), '{"type":"module"}')
  writeFileSync(join(home, 'program.ts'), consumer)
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  for (const resolution of [
    { module: 'esnext', moduleResolution: 'bundler', noEmit: true },
    { module: 'nodenext' },
  ]) {
    const strict = { strict: true, exactOptionalPropertyTypes: true, target: 'es2022' }
    const compilerOptions = { ...strict, types: ['node'], ...resolution }
    const project = join(home, 'tsconfig.json')
    writeFileSync(project, JSON.stringify({ compilerOptions, files: ['program.ts'] }))
    await runTool(process.execPath, [tsc, '-p', project], env)
  }
  expect(await runTool(process.execPath, [join(home, 'program.js')], env)).toBe(
    'Invalid 1\ntrue 0\n',
  )
})
