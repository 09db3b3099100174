// Programs that record through `contrail/middleware` into a real server, and how they end.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditClient, createAudit } from '../src/middleware/exports.ts'
import { FeedServer } from './feed-server.ts'

const feed = new FeedServer()
beforeAll(() => feed.start())
afterAll(() => feed.remove())

const spool = { folder: join(feed.folder, 'spool') }
const names = () => feed.records().map(({ eventData }) => eventData.eventName as string)
const exports = join(import.meta.dirname, '../src/middleware/exports.ts')

type Ended = Readonly<{ code: number | null; printed: string }>
type Program = Readonly<{ ended: Promise<Ended>; kill: (signal: NodeJS.Signals) => void }>

/** Runs a program that has an `audit`; `onPrinted` hears all it has printed so far. */
function started(
  body: string,
  options: object,
  onPrinted = (_printed: string, _program: Program) => {},
): Program {
  const { endpoint, token, origin } = feed
  const made = JSON.stringify({ endpoint, token, ...origin, ...options })
  const program = `
    import { createAudit } from '${exports}'
    const onError = ({ code, count }) => console.log(code, count)
    const audit = createAudit({ ...${made}, onError })
    ${body}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program])
  let printed = ''
  const ended = new Promise<Ended>((done) => {
    child.once('close', (code) => done({ code, printed }))
  })
  const running = { ended, kill: (signal: NodeJS.Signals) => void child.kill(signal) }
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (chunk) => {
      printed += chunk
      onPrinted(printed, running)
    })
  }
  return running
}

test('each event is in the journal once, through kills of applications and of the server', async () => {
  const kill = (printed: string, program: Program) => {
    if (printed.length > 1_000) program.kill('SIGKILL')
  }
  const programs = ['A', 'B'].map((name) => {
    const body = `for (let n = 0; ; n++) {
      await audit.record({ eventName: '${name}' + n })
      console.log('${name}' + n)
    }`
    return started(body, { spool, delayMs: 5 }, kill)
  })
  const ended = await Promise.all(programs.map((one) => one.ended))
  await feed.kill()
  const promised = ended.flatMap(({ printed }) => printed.split('\n').slice(0, -1))
  await feed.start()
  const { endpoint, token, origin } = feed
  const heard: string[] = []
  const onError = ({ message }: Error) => heard.push(message)
  const audit = createAudit({ endpoint, token, ...origin, spool, onError })
  await audit.flush()
  await audit.close()
  expect(promised.length).toBeGreaterThan(100)
  expect(new Set(names()).size).toBe(names().length)
  expect(promised.filter((name) => !names().includes(name))).toEqual([])
  expect(heard.filter((one) => !one.startsWith('cut off'))).toEqual([])
  expect(readdirSync(spool.folder).filter((name) => !name.startsWith('refused-'))).toEqual([])
})

test('what the server refuses is set aside with its reason; a wrong token loses nothing', async () => {
  const { endpoint, token, origin } = feed
  const heard: string[] = []
  const onError = ({ message }: Error) => heard.push(message)
  const folder = join(feed.folder, 'refused')
  const options = { endpoint, ...origin, spool: { folder }, onError }
  const before = createAudit({ ...options, token: 'an-old-one' })
  await before.record({ eventName: 'OfAnother', eventSource: 'other.example.internal' })
  await before.record({ eventName: 'OfThisFeed' })
  await expect(before.flush()).rejects.toMatchObject({ code: 'NotSent' })
  await before.close()
  expect(heard).toContain(
    `${endpoint} answers 403: no such feed, or the token is not its token; mend the token or the feed`,
  )
  const after = createAudit({ ...options, token })
  await after.flush()
  await after.close()
  expect(names()).toContain('OfThisFeed')
  expect(names()).not.toContain('OfAnother')
  const [file] = readdirSync(folder)
  const aside = JSON.parse(readFileSync(join(folder, file!), 'utf8'))
  expect(aside).toMatchObject({
    reason: 'refused: not an event source of this feed',
    record: { eventData: { eventName: 'OfAnother' } },
  })
})

test("an AWS SDK client's calls: both sides tell of the same ones", async () => {
  const { endpoint, token, origin } = feed
  const audit = createAudit({ endpoint, token, ...origin })
  const client = new S3Client({ ...feed.client, forcePathStyle: true })
  auditClient(client, audit, { eventSource: origin.source, user: () => ({ id: 'ann' }) })
  const there = { Bucket: 'audited', Key: 'k' }
  await client.send(new CreateBucketCommand({ Bucket: 'audited' }))
  await client.send(new PutObjectCommand({ ...there, Body: 'contents' }))
  await expect(client.send(new GetObjectCommand({ ...there, Key: 'none' }))).rejects.toThrow()
  await audit.close()
  const told = feed
    .records()
    .filter(({ eventData }) => eventData.userIdentity.principalId === 'ann')
  expect(told.map(({ eventData }) => eventData)).toMatchObject([
    { eventName: 'CreateBucket', requestParameters: { Bucket: 'audited' } },
    {
      eventName: 'PutObject',
      requestParameters: there,
      responseElements: { ETag: expect.any(String) },
    },
    { eventName: 'GetObject', errorCode: 'NoSuchKey' },
  ])
  const own = feed.records('own').filter(({ eventSource }) => eventSource === 's3.amazonaws.com')
  expect(told.map(({ eventData }) => eventData.additionalEventData.awsRequestId)).toEqual(
    own.map(({ requestID }) => requestID),
  )
})

test('a program that closes its audit on SIGTERM leaves nothing behind', async () => {
  const body = `
    process.once('SIGTERM', () => audit.close().then(() => process.exit(0)))
    setInterval(() => {}, 1_000)
    audit.record({ eventName: 'BeforeTheSignal' })
    console.log('ready')`
  const program = started(body, { delayMs: 60_000 }, (_printed, one) => one.kill('SIGTERM'))
  expect(await program.ended).toEqual({ code: 0, printed: 'ready\n' })
  expect(names()).toContain('BeforeTheSignal')
})

test('a program that ends by itself sends first what waits in memory', async () => {
  const body = "audit.record({ eventName: 'BeforeTheEnd' })"
  expect(await started(body, { delayMs: 60_000 }).ended).toEqual({ code: 0, printed: '' })
  expect(names()).toContain('BeforeTheEnd')
})

test('process.exit() loses what was not promised, and says so; what was promised comes later', async () => {
  const body = `
    await audit.record({ eventName: 'Promised' })
    audit.record({ eventName: 'NotYet' })
    process.exit(3)`
  const options = { spool, delayMs: 60_000 }
  expect(await started(body, options).ended).toEqual({ code: 3, printed: 'Closed 1\n' })
  expect(await started('', options).ended).toEqual({ code: 0, printed: '' })
  expect(names()).toContain('Promised')
  expect(names()).not.toContain('NotYet')
})
