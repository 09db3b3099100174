import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../clock.ts'
import { run } from './program.ts'

// The whole command line, with what people type wrongly; no server runs.

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'contrail-program-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function contrail(args: readonly string[], env: Record<string, string> = {}) {
  let [out, err] = ['', '']
  const into = (add: (text: string) => void) =>
    new Writable({
      write(chunk, _, done) {
        add(String(chunk))
        done()
      },
    })
  const exitCode = await run(args, {
    env: { CONTRAIL_DATA: folder, ...env },
    stdout: into((text) => (out += text)),
    stderr: into((text) => (err += text)),
    clock: systemClock,
    fetch: async () => new Response('<!doctype html>'),
    sleep: async () => {},
    version: '0.0.0',
    interrupted: () => new AbortController().signal,
  })
  return { exitCode, out, err }
}

const commands = 'serve proxy env lookup tail import export verify fsck bench'.split(' ')

describe('help', () => {
  test.each(commands)('of %s is the same asked both ways, and fits 80 columns', async (name) => {
    const asked = await contrail([name, '--help'])
    expect(await contrail(['help', name])).toEqual(asked)
    expect(asked.out).toContain('--help')
    expect(asked.out.split('\n').filter((line) => [...line].length > 80)).toEqual([])
  })
})

const aws = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret' }
const proxy = ['proxy', '--upstream', 'http://127.0.0.1:1', '--listen', '127.0.0.1:0']

test.each<{
  args: readonly string[]
  env?: Record<string, string>
  /** Of the data folder. */
  files?: Record<string, string>
  says: string
}>([
  { args: ['lookup', '--bogus'], says: '--help shows what there is' },
  { args: ['lookp'], says: 'Did you mean lookup?' },
  { args: ['query', 'SELECT 1'], says: 'query is not built yet' },
  { args: ['lookup'], says: 'no credentials in' },
  { args: ['lookup'], env: { ...aws, AWS_ENDPOINT_URL: 'foo' }, says: 'AWS_ENDPOINT_URL is foo' },
  {
    args: ['lookup'],
    env: { ...aws, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' },
    says: 'http://127.0.0.1:1 (200) is no Contrail server',
  },
  { args: proxy, says: 'no server has run with the data folder' },
  { args: ['import', '.'], says: 'no server has run with the data folder' },
  { args: [...proxy.slice(0, 4), '4600'], says: 'expected host:port such as 127.0.0.1:4590' },
  { args: ['proxy', '--upstream', 'minio:9000'], says: "option '--upstream <url>'" },
  { args: [...proxy, '--server', 'nope'], says: "option '--server <url>' argument 'nope'" },
  {
    args: ['verify', 'bucket', '--endpoint-url', 'foo'],
    env: aws,
    says: '--endpoint-url is foo; expected a URL',
  },
  {
    args: ['import', 's3://bucket'],
    env: { ...aws, AWS_ENDPOINT_URL_S3: 'foo' },
    files: { endpoint: 'http://127.0.0.1:1', 'ingest-tokens': 'cloudtrail t\n' },
    says: 'AWS_ENDPOINT_URL_S3 is foo; expected a URL',
  },
  {
    args: ['import', 'package.json'],
    files: { endpoint: 'http://127.0.0.1:1', 'ingest-tokens': 'cloudtrail t\n' },
    says: '127.0.0.1:1: nothing listens there; is the server running?',
  },
  {
    args: proxy,
    files: { endpoint: 'http://127.0.0.1:1', 'ingest-tokens': 'cloudtrail t\n' },
    says: 'no answer from http://127.0.0.1:1 (ECONNREFUSED); is the server running?',
  },
  { args: proxy, files: { endpoint: '<!doctype html>' }, says: 'endpoint holds no URL; start' },
  {
    args: ['lookup', '--csv', '--json'],
    says: "option '--csv' cannot be used with option '--json'",
  },
  { args: ['import', '.', '--public-keys', 'k'], says: 'go with --verify' },
  { args: ['import', '.', '--interval', '5s'], says: '--interval goes with --watch' },
  { args: ['import', '.', '--endpoint-url', 'http://h'], says: '--endpoint-url goes with s3://' },
  { args: ['import', '.', '--resume', 'src'], says: '--resume: src is a folder; name a file' },
  {
    args: ['verify', 'src', '--endpoint-url', 'http://h'],
    says: '--endpoint-url is for a bucket',
  },
  { args: ['fsck', '--data', 'package.json'], says: 'package.json is not a data folder; name it' },
  { args: ['serve', '--data', 'package.json'], says: 'package.json: is a file, not a folder' },
  { args: ['fsck', '--config', 'nowhere.yaml'], says: 'cannot read nowhere.yaml' },
])('contrail $args says $says', async ({ args, env, files = {}, says }) => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const { exitCode, err } = await contrail(args, env)
  expect(err).toContain(says)
  expect(err.split('\n').length).toBeLessThan(7)
  expect(exitCode).toBe(1)
})

test('files that hold no certificate are named', async () => {
  writeFileSync(join(folder, 'endpoint'), 'http://127.0.0.1:1\n')
  const pem = join(folder, 'endpoint')
  const env = { CONTRAIL_PROXY_TOKEN: 't' }
  const { err } = await contrail([...proxy, '--tls-cert', pem, '--tls-key', pem], env)
  expect(err).toBe(`contrail: ${pem} and ${pem} are no PEM certificate and its private key\n`)
})

test('errors of the system say what they mean, not the name of a call', async () => {
  writeFileSync(join(folder, 'credentials'), 'aws_access_key_id = A\naws_secret_access_key = B\n')
  writeFileSync(join(folder, 'endpoint'), 'http://127.0.0.1:1\n')
  const missing = await contrail(['export', '--output', join(folder, 'no/x.ndjson')])
  expect(missing.err).toBe(`contrail: --output: there is no folder ${join(folder, 'no')}\n`)
  const there = await contrail(['export', '--output', folder])
  expect(there.err).toBe(`contrail: --output: ${folder} is a folder; name a file\n`)
})
