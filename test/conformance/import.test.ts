// `contrail import` as people run it: real log files, damaged and odd ones, a run that is killed, a bucket with a
// real trail, digests, a folder that grows.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import {
  CloudTrailClient,
  CreateTrailCommand,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail'
import {
  CreateBucketCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeChain, makeSigner } from '../digest-chain.ts'
import { sampleEvent } from '../sample-events.ts'
import { removeTestServer, startTestServer, type TestServer } from '../server.ts'
import { until } from '../tools.ts'
import { startTrailDouble } from '../trail-double.ts'

const root = join(import.meta.dirname, '../..')
const realFiles = join(root, '../shared/data/events/invictus-ir-aws_dataset/raw/CloudTrail')
const hasRealFiles = existsSync(realFiles)
if (!hasRealFiles) console.warn(`\n!!! SKIPPED: the 55 real log files: no ${realFiles} here !!!\n`)

const noCounts = { accepted: 0, duplicates: 0, refused: 0, earlier: 0 }
const noFiles = {
  imported: 0,
  failed: 0,
  insights: 0,
  digests: 0,
  otherNames: 0,
  finishedBefore: 0,
}

let server: TestServer
let folder: string
beforeAll(async () => {
  server = await startTestServer()
  folder = mkdtempSync(join(tmpdir(), 'contrail-import-'))
})
afterAll(async () => {
  await removeTestServer(server)
  rmSync(folder, { recursive: true, force: true })
})

type Ended = Readonly<{ code: number | null; files: any[]; summary: any; out: string; err: string }>
type Options = Readonly<{ env?: Readonly<Record<string, string>>; data?: string }>

function start(args: readonly string[], { env, data = server.data }: Options = {}): ChildProcess {
  const child = spawn(join(root, 'contrail'), ['import', '--json', ...args], {
    env: { PATH: process.env['PATH']!, CONTRAIL_DATA: data, ...env },
  })
  child.stdout!.setEncoding('utf8')
  return child
}

async function ended(child: ChildProcess): Promise<Ended> {
  let [out, err] = ['', '']
  child.stdout!.on('data', (text) => {
    out += text
  })
  child.stderr!.on('data', (text) => {
    err += text
  })
  const code = await new Promise<number | null>((done) => child.once('close', done))
  const lines = out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
  return {
    code,
    files: lines.filter(({ type }) => type === 'file'),
    summary: lines.findLast(({ type }) => type === 'summary'),
    out,
    err,
  }
}

const run = (args: readonly string[], options?: Options) => ended(start(args, options))

let made = 0
/** Distinct events of now. */
function events(count: number, members: object = {}): object[] {
  return Array.from({ length: count }, () =>
    sampleEvent(Date.now(), { eventID: `import-${++made}`, ...members }),
  )
}
const logFile = (records: readonly object[]) => JSON.stringify({ Records: records })

/** A folder with these files. */
function filled(name: string, files: Readonly<Record<string, string | Buffer>>): string {
  const path = join(folder, name)
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, file)), { recursive: true })
    writeFileSync(join(path, file), content)
  }
  return path
}

describe.skipIf(!hasRealFiles)('the 55 real log files', () => {
  test('are imported completely, twice, without a duplicate', async () => {
    const first = await run([realFiles])
    const files = { ...noFiles, imported: 55 }
    const records = { ...noCounts, accepted: 2900, earlier: 2900 }
    expect(first).toMatchObject({ code: 0, files: [], summary: { files, records } })
    const second = await run([realFiles])
    const again = { ...noCounts, duplicates: 2900, earlier: 2900 }
    expect(second).toMatchObject({ code: 0, files: [], summary: { files, records: again } })
  })

  test('by a pattern', async () => {
    const named = readdirSync(realFiles).filter((name) => name.includes('T12'))
    const { code, summary } = await run([join(realFiles, '*T12*.json.gz')])
    expect({ code, imported: summary.files.imported }).toEqual({ code: 0, imported: named.length })
  })
})

const whole = gzipSync(logFile(events(40)))
const cut = whole.subarray(0, whole.length - 30)
const changed = Buffer.from(whole)
changed[whole.length >> 1]! ^= 0xff

test.each<{ what: string; name: string; content: string | Buffer; reason: RegExp }>([
  {
    what: 'truncated gzip',
    name: 'a.json.gz',
    content: cut,
    reason: new RegExp(`cut off after byte ${cut.length}`),
  },
  {
    what: 'damaged gzip',
    name: 'b.json.gz',
    content: changed,
    reason: /gzip is damaged near byte \d+/,
  },
  { what: 'other JSON', name: 'c.json', content: '{"a":1}', reason: /not a CloudTrail record/ },
  { what: 'a number', name: 'd.json', content: '17', reason: /no JSON objects/ },
  {
    what: 'no records',
    name: 'e.json.gz',
    content: gzipSync('{"Records":[]}'),
    reason: /Records is empty/,
  },
  { what: 'an empty list', name: 'e.json', content: '[]', reason: /no records/ },
  { what: 'an empty file', name: 'f.json', content: '', reason: /is empty/ },
  { what: 'empty gzip', name: 'g.json.gz', content: gzipSync(''), reason: /is empty/ },
  { what: 'text', name: 'h.json', content: 'hello', reason: /no JSON objects/ },
  {
    what: 'half a list',
    name: 'i.json',
    content: logFile(events(2)).slice(0, -1),
    reason: /ends too early, after byte \d+; 2 records before it are/,
  },
  {
    what: 'a broken list',
    name: 'j.json',
    content: `{"Records":[${JSON.stringify(events(1)[0])} 7]}`,
    reason: /breaks at byte \d+; 1 records/,
  },
  {
    what: 'a bad line',
    name: 'k.ndjson',
    content: `${JSON.stringify(events(1)[0])}\n{"b":}\n`,
    reason: /1 of 2 records were refused; record 2: not JSON/,
  },
])(
  '$what is reported by name, and the rest is imported',
  async ({ what, name, content, reason }) => {
    const good = gzipSync(logFile(events(5)))
    const also = gzipSync(logFile(events(5)))
    const path = filled(what, { 'A/1.json.gz': good, [name]: content, 'z.json.gz': also })
    const { code, files, summary } = await run([path])
    expect(code).toBe(1)
    expect(files).toEqual([
      {
        type: 'file',
        name: join(path, name),
        size: content.length,
        outcome: 'failed',
        reason: expect.stringMatching(reason),
      },
    ])
    expect(summary.files).toEqual({ ...noFiles, imported: 2, failed: 1 })
    expect(summary.records.accepted).toBeGreaterThanOrEqual(10)
  },
)

test('what lies in no order is all taken: plain, lines, lists, Insights; digests are told apart', async () => {
  const insight = sampleEvent(Date.now(), { eventID: 'insight', eventCategory: 'Insight' })
  const digest = '{"awsAccountId":"1","digestStartTime":"2026-11-21T00:00:00Z","digestEndTime":""}'
  const old = Date.parse('2020-01-01T00:00:00Z')
  const path = filled('mixed', {
    'plain.json': `\ufeff\n ${logFile(events(2))}`,
    'deep/er/lines.ndjson': events(3)
      .map((one) => `${JSON.stringify(one)}\n`)
      .join(''),
    'list.json.gz': gzipSync(JSON.stringify(events(2), null, 2)),
    'insights.json.gz': gzipSync(logFile([insight])),
    'old.json.gz': gzipSync(logFile([sampleEvent(old, { eventID: 'old-1' }), ...events(1)])),
    'old-too.json': JSON.stringify([sampleEvent(old, { eventID: 'old-2' })], null, 2),
    'digest.json.gz': gzipSync(digest),
    'README.md': 'hello',
  })
  const { code, summary, files } = await run([path])
  expect({ code, files }).toEqual({ code: 0, files: [] })
  const counts = { imported: 6, insights: 1, digests: 1, otherNames: 1 }
  expect(summary.files).toEqual({ ...noFiles, ...counts })
  expect(summary.records).toEqual({ ...noCounts, accepted: 11, earlier: 2 })
})

test('a file that has the name of a log file and is none is told by what it holds', async () => {
  const named = (unique: string) =>
    `AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/21/111122223333_CloudTrail_us-east-1_20261121T0100Z_${unique}.json.gz`
  const long = randomBytes(1_000).toString('hex')
  const digest = JSON.stringify({ awsAccountId: long, digestStartTime: '', digestEndTime: '' })
  const path = filled('misnamed', {
    [named('a')]: gzipSync(logFile(events(20))),
    [named('b')]: gzipSync(digest),
    [named('c')]: gzipSync(JSON.stringify([long])),
    [named('d')]: cut,
    [named('e')]: gzipSync(logFile(events(20))),
  })
  const { code, summary, files } = await run([path])
  const told = files.map(({ name, reason }) => [name, reason])
  expect({ code, told }).toEqual({
    code: 1,
    told: [
      [join(path, named('c')), expect.stringMatching(/not a JSON object/)],
      [join(path, named('d')), expect.stringMatching(/cut off/)],
    ],
  })
  expect(summary.files).toEqual({ ...noFiles, imported: 2, digests: 1, failed: 2 })
  expect(summary.records.accepted).toBeGreaterThanOrEqual(40)
})

test('a pattern that matches nothing is told of', async () => {
  const path = join(folder, 'none', '*.json')
  const { code, files } = await run([path])
  expect({ code, files }).toMatchObject({
    code: 1,
    files: [{ name: path, outcome: 'failed', reason: 'matches no file' }],
  })
})

test('what cannot be read is named', async () => {
  const path = filled('unreadable', { 'a.json': logFile(events(1)) })
  symlinkSync(join(path, 'nowhere'), join(path, 'gone.json'))
  symlinkSync(join(path, 'loop.json'), join(path, 'loop.json'))
  const names = ['gone.json', 'loop.json']
  // Nothing is closed to root.
  if (process.getuid?.() !== 0) {
    writeFileSync(join(path, 'closed.json'), '{}')
    chmodSync(join(path, 'closed.json'), 0)
    names.unshift('closed.json')
  }
  const { code, files } = await run([path])
  expect(code).toBe(1)
  expect(files.map(({ name }) => name)).toEqual(names.map((name) => join(path, name)))
})

test.each([
  { why: 'no such place', args: ['/nowhere'], says: 'neither a file, a folder' },
  { why: 'a feed without a token', args: ['.', '--feed', 'x'], says: 'no token of the feed x' },
  { why: 'a queue alone', args: ['.', '--queue', 'http://q/n'], says: 'goes with --watch' },
  { why: 'a folder', args: ['.', '--watch', '--queue', 'http://q/n'], says: 'goes with s3://' },
  { why: 'no server', args: ['.'], data: '/nowhere', says: 'start it first' },
  { why: 'to prove a pattern', args: ['*', '--verify'], says: 'a folder or s3://' },
  { why: 'a date for an interval', args: ['.', '--interval', '2026-11-21'], says: 'such as 30s' },
  { why: 'to prove and to watch', args: ['.', '--verify', '--watch'], says: 'knows nothing' },
])('$why is refused', async ({ args, data, says }) => {
  const { code, err } = await run(args, data ? { data } : {})
  expect(code).toBe(1)
  expect(err).toContain(says)
})

describe('a run that is killed half-way', () => {
  let gate: Server
  let data: string
  let passed: number
  /** After so many requests one is held for ever. */
  let open: number
  let onHeld: () => void
  beforeAll(async () => {
    gate = createServer((incoming, outgoing) => {
      if (passed++ >= open) return onHeld()
      const { method, url, headers } = incoming
      const onward = request(new URL(url!, server.url), { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode!, answer.headers)
        answer.pipe(outgoing)
      })
      incoming.pipe(onward)
    })
    await new Promise<void>((done) => gate.listen(0, '127.0.0.1', done))
    data = mkdtempSync(join(folder, 'gate-'))
    copyFileSync(join(server.data, 'ingest-tokens'), join(data, 'ingest-tokens'))
    const { port } = gate.address() as AddressInfo
    writeFileSync(join(data, 'endpoint'), `http://127.0.0.1:${port}\n`)
  })
  afterAll(() => {
    gate.closeAllConnections()
    gate.close()
  })

  test('goes on where it was, and leaves no notes at its end', async () => {
    const names = Array.from({ length: 300 }, (_, i) => `${String(i).padStart(3, '0')}.json.gz`)
    const files = names.map((name) => [name, gzipSync(logFile(events(2)))] as const)
    const path = filled('long', Object.fromEntries(files))
    ;[passed, open] = [0, 3]
    const held = new Promise<void>((done) => {
      onHeld = done
    })
    const child = start([path, '--concurrency', '1'], { data })
    await held
    child.kill('SIGKILL')
    await new Promise((done) => child.once('exit', done))
    const notes = join(data, 'imports', readdirSync(join(data, 'imports'))[0]!)
    // What a crash may leave of a line.
    appendFileSync(notes, '{"name":"')
    open = Number.POSITIVE_INFINITY
    const { code, summary } = await run([path], { data })
    expect(code).toBe(0)
    expect(summary.files).toEqual({ ...noFiles, imported: 300 - 192, finishedBefore: 192 })
    expect(summary.records).toEqual({ ...noCounts, accepted: 2 * (300 - 192) })
    expect(existsSync(notes)).toBe(false)
  })

  test('with --resume only what is new or changed is taken', async () => {
    open = Number.POSITIVE_INFINITY
    const path = filled('growing', { 'a.json': logFile(events(1)), 'b.json': logFile(events(1)) })
    const args = [path, '--resume', join(folder, 'notes')]
    expect((await run(args)).summary.files.imported).toBe(2)
    filled('growing', { 'b.json': logFile(events(2)), 'c.json': logFile(events(1)) })
    const { summary } = await run(args)
    expect(summary.files).toEqual({ ...noFiles, imported: 2, finishedBefore: 1 })
    expect(summary.records.accepted).toBe(3)
  })
})

test('--watch takes what is added and tells a failure once', async () => {
  const path = filled('watched', { 'a.json': logFile(events(1)), 'bad.json': '7' })
  const child = start([path, '--watch', '--interval', '0.1s'])
  const done = ended(child)
  let seen = ''
  child.stdout!.on('data', (text) => {
    seen += text
  })
  const sums = (accepted: number) =>
    until(
      async () => seen,
      (text) => text.includes(`"accepted":${accepted},`),
      10_000,
    )
  await sums(1)
  filled('watched', { 'more/b.json': logFile(events(2)) })
  await sums(3)
  filled('watched', { 'c.json': logFile(events(1)) })
  await sums(4)
  child.kill('SIGINT')
  const { files, summary } = await done
  expect(files).toHaveLength(1)
  expect(summary.files).toEqual({ ...noFiles, imported: 3, failed: 1 })
  expect(summary.records).toEqual({ ...noCounts, accepted: 4 })
})

test('--verify imports what the digests prove, and names what they refute', async () => {
  const signer = makeSigner()
  const chain = makeChain({ signer })
  const [changedKey] = [...chain.objects.keys()].filter((key) => key.includes('/CloudTrail/'))
  const objects = [...chain.objects].map(([key, { body }]) => [key, body] as const)
  const path = filled('proven', Object.fromEntries(objects))
  writeFileSync(join(path, changedKey!), gzipSync(logFile(events(3))))
  const keys = join(folder, 'keys.pem')
  writeFileSync(keys, signer.publicKey.key.export({ type: 'spki', format: 'pem' }))
  const { code, files, summary } = await run([path, '--verify', '--public-keys', keys])
  expect(code).toBe(1)
  expect(files).toEqual([
    expect.objectContaining({
      name: join(path, changedKey!),
      reason: expect.stringMatching(/^log-changed/),
    }),
  ])
  expect(summary.files).toEqual({ ...noFiles, imported: 5, failed: 1, digests: 3 })
})

test('--verify where there is no digest', async () => {
  const path = filled('unproven', { 'AWSLogs/readme.json': logFile(events(1)) })
  const keys = join(folder, 'other-keys.pem')
  writeFileSync(keys, makeSigner().publicKey.key.export({ type: 'spki', format: 'pem' }))
  const { code, out, summary } = await run([path, '--verify', '--public-keys', keys])
  expect({ code, imported: summary.files.imported }).toEqual({ code: 1, imported: 1 })
  expect(out).toContain('there is no digest in')
})

test('--verify of a bucket, which is busy at first', async () => {
  const signer = makeSigner()
  const chain = makeChain({ signer, salt: 'b' })
  const double = await startTrailDouble([signer])
  let busy = 3
  double.fails.next = () => busy-- > 0
  double.buckets.set(chain.bucket, chain.objects)
  const [, changedKey] = [...chain.objects.keys()].filter((key) => key.includes('/CloudTrail/'))
  chain.objects.set(changedKey!, { body: gzipSync(logFile(events(3))), metadata: {} })
  const env = {
    AWS_ENDPOINT_URL: double.url,
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
  }
  const { code, files, summary } = await run([`s3://${chain.bucket}`, '--verify'], { env })
  await double.close()
  expect(code).toBe(1)
  expect(files.map(({ name }) => name)).toEqual([`s3://${chain.bucket}/${changedKey}`])
  expect(summary.files).toEqual({ ...noFiles, imported: 5, failed: 1, digests: 3 })
})

describe('a bucket of our own S3 with a real trail', () => {
  let source: TestServer
  beforeAll(async () => {
    source = await startTestServer({ env: { CONTRAIL_DELIVERY_INTERVAL: '1s' } })
  })
  afterAll(() => removeTestServer(source))

  test('is imported, and again without a duplicate', async () => {
    const { accessKeyId, secret } = source.credentials
    const client = {
      endpoint: source.url,
      region: 'us-east-1',
      credentials: { accessKeyId, secretAccessKey: secret },
    }
    const s3 = new S3Client({ ...client, forcePathStyle: true })
    const trails = new CloudTrailClient(client)
    const Bucket = 'import-logs'
    await s3.send(new CreateBucketCommand({ Bucket }))
    const allow = { Effect: 'Allow', Principal: { Service: 'cloudtrail.amazonaws.com' } }
    const Statement = [
      { ...allow, Action: 's3:GetBucketAcl', Resource: `arn:aws:s3:::${Bucket}` },
      { ...allow, Action: 's3:PutObject', Resource: `arn:aws:s3:::${Bucket}/AWSLogs/*` },
    ]
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }))
    await trails.send(new CreateTrailCommand({ Name: 'main', S3BucketName: Bucket }))
    await trails.send(new StartLoggingCommand({ Name: 'main' }))
    await s3.send(new CreateBucketCommand({ Bucket: 'import-event' }))
    const list = () => s3.send(new ListObjectsV2Command({ Bucket }))
    const isLog = ({ Key }: { Key?: string }) => /\/CloudTrail\/.*\.json\.gz$/.test(Key!)
    const { Contents = [] } = await until(
      list,
      (page) => page.Contents?.some(isLog) ?? false,
      20_000,
    )
    const [log] = Contents.filter(isLog)
    const where = `s3://${Bucket}/${log!.Key}`
    const env = source.clientEnv
    const first = await run([where, '--verbose'], { env })
    expect(first).toMatchObject({ code: 0, summary: { files: { ...noFiles, imported: 1 } } })
    expect(first.files).toMatchObject([{ name: where, size: log!.Size, outcome: 'imported' }])
    const { accepted } = first.summary.records
    expect(accepted).toBeGreaterThan(0)
    const second = await run([`s3://${Bucket}/${log!.Key!.slice(0, -8)}`], { env })
    expect(second.summary.records).toEqual({ ...noCounts, duplicates: accepted })
    const all = await run([`s3://${Bucket}`], { env })
    expect(all).toMatchObject({ code: 0, files: [] })
    expect(all.summary.records.duplicates).toBeGreaterThanOrEqual(accepted)
    const missing = await run(['s3://no-such-bucket'], { env })
    expect(missing).toMatchObject({ code: 1, err: expect.stringContaining('NoSuchBucket') })
  }, 60_000)
})
