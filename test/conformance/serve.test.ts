// `contrail serve` and `contrail env` as an operator meets them.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { request } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../server.ts'
import { aws, hasTool } from '../tools.ts'

const launcher = join(dirname(dirname(import.meta.dirname)), 'contrail')
const folder = mkdtempSync(join(tmpdir(), 'contrail-serve-'))
const servers: TestServer[] = []
afterAll(async () => {
  for (const server of servers) await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function start(name: string, env: Record<string, string> = {}): Promise<TestServer> {
  const server = await startTestServer({ data: join(folder, name), env })
  servers.push(server)
  return server
}

type Ended = { code: number; printed: string }

function contrail(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const options = { env: { PATH: process.env['PATH'], ...env } }
  return new Promise((done) => {
    execFile(launcher, args, options, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, printed: stdout + stderr }),
    )
  })
}

test('makes private files, and env prints what the shell needs', async () => {
  const server = await start('private')
  const names = readdirSync(server.data, { recursive: true, encoding: 'utf8' })
  for (const name of ['credentials', 'ingest-tokens', 'state/state.db']) {
    expect(names).toContain(name)
  }
  for (const name of ['.', ...names]) {
    expect(statSync(join(server.data, name)).mode & 0o077, name).toBe(0)
  }
  const { printed } = await contrail(['env', '--data', server.data])
  const { accessKeyId, secret } = server.credentials
  expect(printed.trim().split('\n')).toEqual([
    `export AWS_ENDPOINT_URL=${server.url}`,
    `export AWS_ACCESS_KEY_ID=${accessKeyId}`,
    `export AWS_SECRET_ACCESS_KEY=${/^[\w./:@%+=-]+$/.test(secret) ? secret : `'${secret}'`}`,
    'export AWS_DEFAULT_REGION=us-east-1',
  ])
})

test('answers probes, and exits 0 on SIGTERM, with nothing left behind', async () => {
  const server = await start('probes')
  for (const path of ['/healthz', '/readyz', '/metrics']) {
    expect((await fetch(server.url + path)).status, path).toBe(200)
  }
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  expect(metrics).toContain('# TYPE contrail_journal_synced_seq gauge')
  expect(await server.stop()).toBe(0)
  expect((await contrail(['fsck', '--data', server.data])).code).toBe(0)
})

test('a second signal does not cut the flush short', async () => {
  const server = await start('signalled-twice')
  const { hostname, port } = new URL(server.url)
  const halfOpen = connect(Number(port), hostname)
  halfOpen.on('error', () => undefined)
  const head = 'Host: x\r\nContent-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue'
  halfOpen.write(`POST / HTTP/1.1\r\n${head}\r\nContent-Length: 9\r\n\r\n`)
  // The server asks for the body: from here on the request is under way.
  await once(halfOpen, 'data')
  server.process.kill('SIGINT')
  while (await fetch(`${server.url}/healthz`).catch(() => undefined));
  const ended = once(server.process, 'exit')
  server.process.kill('SIGINT')
  halfOpen.destroy()
  expect(await ended).toEqual([0, null])
})

test('goes on when nobody reads what it prints', async () => {
  const data = join(folder, 'unread')
  const child = spawn(launcher, ['serve', '--listen', '127.0.0.1:0', '--data', data], {
    env: { PATH: process.env['PATH'] },
  })
  child.stdout.destroy()
  child.stderr.destroy()
  const ended = once(child, 'exit')
  await expect.poll(() => existsSync(join(data, 'endpoint')), { timeout: 10_000 }).toBe(true)
  const url = readFileSync(join(data, 'endpoint'), 'utf8').trim()
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
  await new Promise((resume) => setImmediate(resume))
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
})

test('a second server may not have the same folder', async () => {
  const server = await start('owned')
  const second = await contrail(['serve', '--listen', '127.0.0.1:0', '--data', server.data])
  expect(second.code).toBe(1)
  expect(second.printed).toMatch(/in use|another process|owns/)
})

test.each([
  {
    why: 'an unknown setting',
    args: ['serve'],
    env: { CONTRAIL_LISTN: 'x' },
    says: 'CONTRAIL_LISTEN',
  },
  {
    why: 'plain HTTP on every address',
    args: ['serve', '--listen', '0.0.0.0:0', '--data', join(folder, 'plain')],
    says: 'tls.plaintext',
  },
  { why: 'what is not built', args: ['query', 'select 1'], says: 'not built yet' },
  { why: 'an unknown command', args: ['lokup'], says: 'lookup' },
  {
    why: 'env without a server',
    args: ['env', '--data', join(folder, 'none')],
    says: 'start the server',
  },
])('$why is refused with a text that helps', async ({ args, env, says }) => {
  const { code, printed } = await contrail(args, env)
  expect(code).not.toBe(0)
  expect(printed).toContain(says)
})

test('auth: open lets any key be the root, and warns', async () => {
  const server = await start('open', { CONTRAIL_AUTH: 'open', CONTRAIL_ACCOUNT: '123456789012' })
  if (!hasTool('aws', ['--version'], 'auth: open by the AWS CLI')) return
  const env = { ...server.clientEnv, AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' }
  expect(await aws(env, 'sts', 'get-caller-identity')).toMatchObject({ Account: '123456789012' })
})

const hasOpenssl = hasTool('openssl', ['version'], 'TLS, whose certificate openssl makes')
test.skipIf(!hasOpenssl)('serves TLS, and records its details', async () => {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  const self = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert]
  execFileSync('openssl', [...self, ...subject], { stdio: 'ignore' })
  const server = await start('tls', { CONTRAIL_TLS_CERT: cert, CONTRAIL_TLS_KEY: key })
  expect(server.url).toMatch(/^https:/)
  const status = await new Promise((done, fail) =>
    request(`${server.url}/readyz`, { ca: readFileSync(cert) }, (response) =>
      done(response.resume().statusCode),
    )
      .on('error', fail)
      .end(),
  )
  expect(status).toBe(200)
  if (!hasTool('aws', ['--version'], 'TLS by the AWS CLI')) return
  const env = { ...server.clientEnv, AWS_CA_BUNDLE: cert }
  await aws(env, 'iam', 'create-user', '--user-name', 'over-tls')
  const journal = readFileSync(join(server.data, 'journal/0000000000000001.ndjson'), 'utf8')
  const { record } = JSON.parse(journal.trim().split('\n')[0]!)
  expect(record.tlsDetails).toMatchObject({
    tlsVersion: 'TLSv1.3',
    cipherSuite: expect.stringMatching(/^TLS_/),
    clientProvidedHostHeader: new URL(server.url).host,
  })
})
