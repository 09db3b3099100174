// Unmodified clients put, get, copy, list and delete objects on the real server; what was acknowledged is
// there after the machine's worst end of a process.
import { createHash, randomBytes } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import * as S3 from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeTestServer, startTestServer, type TestServer } from '../server.ts'
import { aws, hasTool, runTool, until } from '../tools.ts'

const md5 = (bytes: Buffer | string) => `"${createHash('md5').update(bytes).digest('hex')}"`

function clientOf({ url, credentials }: TestServer): S3.S3Client {
  const { accessKeyId, secret: secretAccessKey } = credentials
  return new S3.S3Client({
    endpoint: url,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey },
  })
}

describe('the AWS SDK and objects', () => {
  const Bucket = 'objects'
  let server: TestServer
  let client: S3.S3Client
  beforeAll(async () => {
    server = await startTestServer()
    client = clientOf(server)
    await client.send(new S3.CreateBucketCommand({ Bucket }))
  })
  afterAll(() => removeTestServer(server))

  const put = (Key: string, Body: string | Buffer | Readable, more: object = {}) =>
    client.send(new S3.PutObjectCommand({ Bucket, Key, Body, ...more }))
  const get = (Key: string, more: object = {}) =>
    client.send(new S3.GetObjectCommand({ Bucket, Key, ...more }))
  const textOf = async (Key: string, more: object = {}) =>
    (await get(Key, more)).Body!.transformToString()
  const status = (call: Promise<{ $metadata: { httpStatusCode?: number } }>) =>
    call.then(
      ({ $metadata }) => $metadata.httpStatusCode,
      ({ $metadata, name }) => `${$metadata.httpStatusCode} ${name}`,
    )

  test('a stream with its checksum behind it comes back as it was sent', async () => {
    const bytes = randomBytes(3_500_000)
    const pieces = Readable.from([bytes.subarray(0, 9), bytes.subarray(9)])
    const answer = await put('stream', pieces, { ContentLength: bytes.length })
    expect(answer).toMatchObject({ ETag: md5(bytes), ChecksumType: 'FULL_OBJECT' })
    const { Body, ContentLength } = await get('stream')
    expect(ContentLength).toBe(bytes.length)
    expect(bytes.equals(await Body!.transformToByteArray())).toBe(true)
  })

  test.each([
    ['a range', { Range: 'bytes=2-4' }, 206],
    ['an open range', { Range: 'bytes=7-' }, 206],
    ['a range behind the end', { Range: 'bytes=11-' }, '416 InvalidRange'],
    ['a part', { PartNumber: 1 }, 206],
    ['what the caller has', { IfNoneMatch: md5('hello world') }, /^304/],
    ['what it has not', { IfMatch: '"x"' }, '412 PreconditionFailed'],
  ])('%s', async (_, asked, expected) => {
    await put('k', 'hello world')
    const found = await status(get('k', asked))
    if (expected instanceof RegExp) expect(found).toMatch(expected)
    else expect(found).toBe(expected)
  })

  test.each(['../../x', '/x', 'a//b', '.', '..', 'a/./b', 'nul\0', 'é', 'e\u0301', '%2F', 'a b+c'])(
    'the key %j is one of its own',
    async (Key) => {
      await put(Key, `this is ${Key}`)
      expect(await textOf(Key)).toBe(`this is ${Key}`)
      const list = await client.send(
        new S3.ListObjectsV2Command({ Bucket, Prefix: Key, EncodingType: 'url', MaxKeys: 1 }),
      )
      const listed = decodeURIComponent(list.Contents![0]!.Key!.replaceAll('+', ' '))
      expect(listed).toBe(Key)
      expect(await status(client.send(new S3.DeleteObjectCommand({ Bucket, Key })))).toBe(204)
      expect(await status(get(Key))).toBe('404 NoSuchKey')
    },
  )

  test('many who put the same object at once all succeed', async () => {
    const writers = Array.from({ length: 20 }, (_, i) => put('same', `${i}`))
    await Promise.all(writers)
    expect(Number(await textOf('same'))).toBeLessThan(20)
  })

  test('a thousand keys are listed by folder and deleted at once', async () => {
    const keys = Array.from({ length: 1_000 }, (_, i) => `many/${i % 4}/${i}`)
    for (let at = 0; at < keys.length; at += 50) {
      await Promise.all(keys.slice(at, at + 50).map((key) => put(key, key)))
    }
    const folders = new S3.ListObjectsV2Command({ Bucket, Prefix: 'many/', Delimiter: '/' })
    expect((await client.send(folders)).CommonPrefixes).toHaveLength(4)
    const found: string[] = []
    const pages = S3.paginateListObjectsV2({ client, pageSize: 300 }, { Bucket, Prefix: 'many/' })
    for await (const { Contents = [] } of pages) found.push(...Contents.map(({ Key }) => Key!))
    expect(found).toEqual(keys.sort())
    const Delete = { Objects: keys.map((Key) => ({ Key })) }
    const { Deleted } = await client.send(new S3.DeleteObjectsCommand({ Bucket, Delete }))
    expect(Deleted).toHaveLength(1_000)
    expect((await client.send(folders)).KeyCount).toBe(0)
  })

  test('versions, markers, and back', async () => {
    const VersioningConfiguration = { Status: 'Enabled' } as const
    await put('versioned', 'before')
    await client.send(new S3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
    const { VersionId } = await put('versioned', 'one')
    const Key = 'versioned'
    const marker = await client.send(new S3.DeleteObjectCommand({ Bucket, Key }))
    expect(marker.DeleteMarker).toBe(true)
    expect(await status(get(Key))).toBe('404 NoSuchKey')
    expect(await status(get(Key, { VersionId: marker.VersionId }))).toBe('405 MethodNotAllowed')
    expect(await textOf(Key, { VersionId })).toBe('one')
    expect(await textOf(Key, { VersionId: 'null' })).toBe('before')
    const remove = new S3.DeleteObjectCommand({ Bucket, Key, VersionId: marker.VersionId! })
    await client.send(remove)
    expect(await textOf(Key)).toBe('one')
    const list = new S3.ListObjectVersionsCommand({ Bucket, Prefix: Key })
    const { Versions } = await client.send(list)
    expect(Versions!.map((version) => [version.VersionId, version.IsLatest])).toEqual([
      [VersionId, true],
      ['null', false],
    ])
  })
})

/** Contents on the disk, whatever they are of. */
const contents = ({ data }: TestServer) =>
  readdirSync(join(data, 'objects'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)

test('a body whose sender hangs up leaves nothing', async () => {
  const server = await startTestServer()
  const client = clientOf(server)
  await client.send(new S3.CreateBucketCommand({ Bucket: 'cut' }))
  const bytes = randomBytes(2_000_000)
  const stalled = new Readable({ read() {} })
  stalled.push(bytes)
  const abort = new AbortController()
  const cut = { Bucket: 'cut', Key: 'k', Body: stalled, ContentLength: 2 * bytes.length }
  const sent = client.send(new S3.PutObjectCommand(cut), { abortSignal: abort.signal })
  const ended = sent.catch((error) => error.name)
  const written = await until(
    async () => contents(server),
    (names) => names.length > 0,
    10_000,
  )
  expect(written).toHaveLength(1)
  abort.abort()
  expect(await ended).toBe('AbortError')
  const left = await until(
    async () => contents(server),
    (names) => names.length === 0,
    10_000,
  )
  expect(left).toEqual([])
  await removeTestServer(server)
})

test('what was acknowledged is there after a kill, and nothing of what was not', async () => {
  let server = await startTestServer()
  const Bucket = 'killed'
  const bytes = randomBytes(2_000_000)
  const first = clientOf(server)
  await first.send(new S3.CreateBucketCommand({ Bucket }))
  await first.send(new S3.PutObjectCommand({ Bucket, Key: 'whole', Body: bytes }))
  const stalled = new Readable({ read() {} })
  stalled.push(bytes)
  const cut = { Bucket, Key: 'cut', Body: stalled, ContentLength: 2 * bytes.length }
  const ended = first.send(new S3.PutObjectCommand(cut)).catch((error) => error)
  const twoBegun = (names: string[]) => names.length === 2
  expect(await until(async () => contents(server), twoBegun, 10_000)).toHaveLength(2)
  await server.kill()
  expect(await ended).toBeInstanceOf(Error)

  server = await startTestServer({ data: server.data })
  const second = clientOf(server)
  const { Contents } = await second.send(new S3.ListObjectsV2Command({ Bucket }))
  expect(Contents!.map(({ Key }) => Key)).toEqual(['whole'])
  const { Body } = await second.send(new S3.GetObjectCommand({ Bucket, Key: 'whole' }))
  expect(bytes.equals(await Body!.transformToByteArray())).toBe(true)
  const swept = await until(
    async () => contents(server),
    (names) => names.length === 1,
    10_000,
  )
  expect(swept).toHaveLength(1)
  await removeTestServer(server)
})

const hasCli = hasTool('aws', ['--version'], 'the AWS CLI and objects')

describe.skipIf(!hasCli)('the AWS CLI and objects', () => {
  let server: TestServer
  let scratch: string
  beforeAll(async () => {
    server = await startTestServer()
    scratch = mkdtempSync(join(tmpdir(), 'contrail-s3-'))
    await s3('mb', 's3://cli')
  })
  afterAll(async () => {
    await removeTestServer(server)
    rmSync(scratch, { recursive: true, force: true })
  })
  const s3 = (...args: string[]) => runTool('aws', ['s3', ...args], server.clientEnv)

  test('cp, sync, ls, mv and rm', async () => {
    const folder = join(scratch, 'tree')
    mkdirSync(join(folder, 'a b'), { recursive: true })
    for (const [path, text] of [
      ['one.txt', 'one'],
      ['a b/zwei é.txt', 'zwei'],
    ] as const) {
      writeFileSync(join(folder, path), text)
      // What S3 shows has whole seconds: of a file as new as the object, sync would think it newer.
      utimesSync(join(folder, path), 1_000_000_000, 1_000_000_000)
    }
    await s3('sync', folder, 's3://cli/tree')
    expect(await s3('ls', 's3://cli/tree/')).toMatch(/PRE a b\/\n.* 3 one\.txt\n$/)
    expect(await s3('sync', folder, 's3://cli/tree')).toBe('')
    await s3('mv', 's3://cli/tree/one.txt', 's3://cli/moved.txt')
    const back = join(scratch, 'back.txt')
    await s3('cp', 's3://cli/moved.txt', back)
    expect(readFileSync(back, 'utf8')).toBe('one')
    await s3('rm', '--recursive', 's3://cli/tree')
    expect(await s3('ls', '--recursive', 's3://cli')).toMatch(/^\S+ \S+ +3 moved\.txt\n$/)
  })

  test('presign: whoever has the URL gets the object, as the URL says', async () => {
    const body = join(scratch, 'presigned.txt')
    writeFileSync(body, 'for all')
    await s3('cp', body, 's3://cli/presigned.txt')
    const url = (await s3('presign', 's3://cli/presigned.txt')).trim()
    expect(await (await fetch(url)).text()).toBe('for all')
    expect((await fetch(`${url}0`)).status).toBe(403)
  })

  test('s3api shows what was put', async () => {
    const body = join(scratch, 'body.txt')
    writeFileSync(body, 'body')
    const place = ['--bucket', 'cli', '--key', 'api']
    const env = server.clientEnv
    await aws(env, 's3api', 'put-object', ...place, '--body', body, '--metadata', 'mine=x')
    expect(await aws(env, 's3api', 'head-object', ...place)).toMatchObject({
      ContentLength: 4,
      ETag: md5('body'),
      Metadata: { mine: 'x' },
      ServerSideEncryption: 'AES256',
    })
  })
})
