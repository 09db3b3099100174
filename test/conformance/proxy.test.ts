// An AWS emulator behind the proxy, driven by the AWS CLI and boto3: both sides see the same bytes, and each
// call is in the journal once, rightly named.
import { execFile } from 'node:child_process'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readJournal } from '../../src/journal/read.ts'
import { hasMoto, type Moto, startMoto } from '../moto.ts'
import { startTestProxy, type TestProxy } from '../proxy-process.ts'
import { removeTestServer, startTestServer, type TestServer } from '../server.ts'
import { hasTool, runTool } from '../tools.ts'

const canRun =
  hasMoto('an emulator behind the proxy') &&
  hasTool('python3', ['-c', 'import boto3'], 'an emulator behind the proxy') &&
  hasTool('aws', ['--version'], 'an emulator behind the proxy')

const script = join(import.meta.dirname, 'proxy-calls.py')

/** eventSource where it is not the signing name's. */
const sources: Readonly<Record<string, string>> = { monitoring: 'monitoring', states: 'states' }
/** S3's names of old (`capture-and-neighbours.md` A.2). */
const s3Names: Readonly<Record<string, string>> = {
  ListObjectsV2: 'ListObjects',
  PutBucketLifecycleConfiguration: 'PutBucketLifecycle',
}

/** Bytes that pass through, each way in the order they came; the clients here call one after the other. */
type Tap = Readonly<{ url: string; up: Buffer[]; down: Buffer[]; close(): void }>

async function tap(target: string): Promise<Tap> {
  const { hostname, port } = new URL(target)
  const up: Buffer[] = []
  const down: Buffer[] = []
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
    near.on('data', (bytes: Buffer) => up.push(bytes))
    far.on('data', (bytes: Buffer) => down.push(bytes))
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
    near.pipe(far)
    far.pipe(near)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, up, down, close: () => server.close() }
}

describe.skipIf(!canRun)('moto_server behind the proxy', () => {
  let moto: Moto
  let server: TestServer
  let proxy: TestProxy
  let inner: Tap
  let outer: Tap
  let env: Record<string, string>

  beforeAll(async () => {
    moto = await startMoto()
    server = await startTestServer()
    inner = await tap(moto.url)
    proxy = await startTestProxy(server, inner.url)
    outer = await tap(proxy.url)
    env = {
      ...server.clientEnv,
      AWS_ENDPOINT_URL: outer.url,
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLEOFMOTO000',
      AWS_SECRET_ACCESS_KEY: 'secret',
    }
  })
  afterAll(async () => {
    await proxy?.stop()
    if (server) await removeTestServer(server)
    for (const each of [inner, outer]) each?.close()
    moto?.stop()
  })

  const records = () => {
    const { records: found } = readJournal(join(server.data, 'journal'), {
      from: 1,
      bytesMax: 64 * 1024 * 1024,
    })
    const proxied = found.filter(({ from }) => from.startsWith('proxy:'))
    return proxied.map(({ record }) => JSON.parse(record.toString()))
  }
  const sameBytes = () => {
    expect(Buffer.concat(inner.up).equals(Buffer.concat(outer.up)), 'requests').toBe(true)
    expect(Buffer.concat(inner.down).equals(Buffer.concat(outer.down)), 'answers').toBe(true)
  }

  test('boto3 over sixteen services', async () => {
    const { stdout, stderr } = await promisify(execFile)('python3', [script], {
      env,
      maxBuffer: 16 * 1024 * 1024,
    })
    const { calls, alice, secrets } = JSON.parse(stdout)
    expect(calls.length, stderr).toBeGreaterThan(80)
    sameBytes()
    const found = records()
    const named = (source: string, name: string) => {
      const expected = source === 's3' ? (s3Names[name] ?? name) : name
      return `${sources[source] ?? source}.amazonaws.com ${expected}`
    }
    // Lambda's names end in the date of the API.
    const plain = (name: string) => name.replace(/20\d{6}(v\d)?$/, '')
    expect(found.map((one) => `${one.eventSource} ${plain(one.eventName)}`)).toEqual(
      calls.map(([source, name]: [string, string]) => named(source, name)),
    )
    expect(new Set(found.map(({ eventID }) => eventID)).size).toBe(found.length)
    // Who called: told by CreateUser and CreateAccessKey, and by AssumeRole.
    const ofSource = (source: string) => found.filter((one) => one.eventSource === source)
    for (const { userIdentity } of ofSource('s3.amazonaws.com')) {
      expect(userIdentity).toMatchObject({ type: 'IAMUser', userName: 'alice', accessKeyId: alice })
    }
    for (const { userIdentity } of ofSource('dynamodb.amazonaws.com')) {
      expect(userIdentity).toMatchObject({
        type: 'AssumedRole',
        arn: 'arn:aws:sts::123456789012:assumed-role/robot/work',
        sessionContext: { sessionIssuer: { type: 'Role', userName: 'robot' } },
      })
    }
    const text = JSON.stringify(found)
    for (const secret of [...secrets, 'hidden-value', 'hidden-password', 'hidden-parameter']) {
      expect(text.includes(secret), 'a secret is recorded').toBe(false)
    }
    expect(text).not.toContain('hidden-string')
    const codes = found.flatMap(({ errorCode }) => errorCode ?? [])
    expect(codes).toEqual(expect.arrayContaining(['NoSuchKey', 'ResourceNotFoundException']))
  })

  test('the AWS CLI, with a presigned URL', async () => {
    const before = records().length
    await runTool('aws', ['s3', 'mb', 's3://cli'], env)
    await runTool('aws', ['s3', 'cp', process.execPath, 's3://cli/node', '--quiet'], {
      ...env,
      AWS_MAX_CONCURRENT_REQUESTS: '1',
    })
    const url = (await runTool('aws', ['s3', 'presign', 's3://cli/node'], env)).trim()
    expect((await fetch(url)).status).toBe(200)
    await runTool('aws', ['cloudwatch', 'list-metrics'], env)
    const names = new Set(
      records()
        .slice(before)
        .map(({ eventName }) => eventName),
    )
    expect(names).toEqual(
      new Set([
        'CreateBucket',
        'CreateMultipartUpload',
        'UploadPart',
        'CompleteMultipartUpload',
        'GetObject',
        'ListMetrics',
      ]),
    )
  })
})
