// Keys that would hurt a store which trusts them, many keys, large objects and many writers, on the real server. The
// requests are raw: no client lets most of these through. FULL=1 makes them 100,000 keys and 5 GB.
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { Agent, request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeTestServer, startTestServer, type TestServer } from '../server.ts'

const isFull = process.env['FULL'] !== undefined
const minutes = 60_000
const agent = new Agent({ keepAlive: true, maxSockets: 32 })

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ env: { CONTRAIL_AUTH: 'open' } })
})
afterAll(async () => {
  agent.destroy()
  await removeTestServer(server)
})

type Answer = Readonly<{
  status: number
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}>
type Call = Readonly<{ headers?: Record<string, string | number>; body?: Buffer | Readable }>

/** Sends the path as its bytes are. */
function call(method: string, path: string, { headers = {}, body }: Call = {}): Promise<Answer> {
  return new Promise((done, fail) => {
    const { hostname, port } = new URL(server.url)
    const sent = httpRequest({ hostname, port, method, path, headers, agent }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece) => pieces.push(piece))
      response.on('error', fail)
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response
        done({ status, headers, body: Buffer.concat(pieces) })
      })
    })
    sent.on('error', fail)
    if (body instanceof Readable) pipeline(body, sent).catch(fail)
    else sent.end(body)
  })
}

const put = (path: string, body: Buffer | string) => call('PUT', path, { body: Buffer.from(body) })
const tag = (text: string, name: string) =>
  [...text.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, value]) => value!)

async function makeBucket(name: string): Promise<void> {
  expect((await call('PUT', `/${name}`)).status).toBe(200)
}

/** Every file below a folder, by its path. */
function filesUnder(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

const escaped = (key: string) => encodeURIComponent(key)
const hostile: Array<{ what: string; path: string; key: string }> = [
  { what: 'up and out, escaped', path: '..%2F..%2Fetc%2Fpasswd', key: '../../etc/passwd' },
  { what: 'up and out, as it is', path: '../../up', key: '../../up' },
  { what: 'a dot', path: '.', key: '.' },
  { what: 'dots inside', path: 'a/./b/../c', key: 'a/./b/../c' },
  { what: 'NUL', path: 'a%00b', key: 'a\0b' },
  { what: 'two slashes', path: 'a//b', key: 'a//b' },
  { what: 'a slash first', path: '/leading', key: '/leading' },
  { what: 'a slash last', path: 'folder/', key: 'folder/' },
  { what: 'dots and spaces last', path: 'name.%20..', key: 'name. ..' },
  { what: 'a backslash', path: '..%5C..%5Cwindows', key: '..\\..\\windows' },
  { what: 'composed', path: escaped('\u00e9'), key: '\u00e9' },
  { what: 'decomposed', path: escaped('e\u0301'), key: 'e\u0301' },
  { what: 'outside the plane', path: escaped('\u{1F4DC}'), key: '\u{1F4DC}' },
  { what: 'line breaks', path: 'a%0D%0Ab', key: 'a\r\nb' },
  { what: 'markup', path: escaped('<a>&"\''), key: '<a>&"\'' },
  { what: 'a plus and a percent', path: 'a+b%25c', key: 'a+b%c' },
  { what: 'the name of a device', path: 'CON', key: 'CON' },
  { what: '1,024 bytes', path: 'k'.repeat(1_024), key: 'k'.repeat(1_024) },
  {
    what: '1,024 bytes of two each',
    path: escaped('\u00e9'.repeat(512)),
    key: '\u00e9'.repeat(512),
  },
]

describe('keys', () => {
  beforeAll(() => makeBucket('hostile'))

  test.each(hostile)('$what is a key like any other', async ({ path, key }) => {
    const body = `content of ${key}`
    expect((await put(`/hostile/${path}`, body)).status).toBe(200)
    const got = await call('GET', `/hostile/${path}`)
    expect([got.status, got.body.toString()]).toEqual([200, body])
    const list = await call('GET', '/hostile?list-type=2&encoding-type=url')
    const keys = tag(list.body.toString(), 'Key').map((text) =>
      decodeURIComponent(text.replaceAll('+', ' ')),
    )
    expect(keys).toContain(key)
  })

  test('of other forms are other keys; all of them go when they are deleted', async () => {
    const list = await call('GET', '/hostile?list-type=2&encoding-type=url')
    expect(tag(list.body.toString(), 'Key')).toHaveLength(hostile.length)
    for (const { path } of hostile)
      expect((await call('DELETE', `/hostile/${path}`)).status).toBe(204)
    expect((await call('DELETE', '/hostile')).status).toBe(204)
  })

  test.each([
    { what: '1,025 bytes', path: 'k'.repeat(1_025), status: 400, code: 'KeyTooLongError' },
    { what: 'half a character', path: '%ff', status: 404, code: undefined },
  ])('$what is refused', async ({ path, status, code }) => {
    await makeBucket('refusing')
    const answer = await put(`/refusing/${path}`, 'x')
    expect(answer.status).toBe(status)
    if (code) expect(tag(answer.body.toString(), 'Code')).toEqual([code])
    await call('DELETE', '/refusing')
  })

  test('are never names of files, and nothing is written outside of the data folder', () => {
    const files = filesUnder(join(server.data, 'objects'))
    for (const file of files) expect(file).toMatch(/\/objects\/[0-9a-f]{2}\/[0-9a-f-]+$/)
  })
})

test('ten writers of one key: it is always one of theirs, whole', async () => {
  await makeBucket('writers')
  const bodies = Array.from({ length: 10 }, () => randomBytes(200_000))
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(bodies.map((body) => put('/writers/one', body)))
    expect(answers.map(({ status }) => status)).toEqual(bodies.map(() => 200))
    const { body, headers } = await call('GET', '/writers/one')
    expect(bodies.some((one) => one.equals(body))).toBe(true)
    expect(headers['etag']).toBe(`"${createHash('md5').update(body).digest('hex')}"`)
  }
})

const many = isFull ? 100_000 : 5_000
test(`${many} objects are listed page by page, each once, in order`, {
  timeout: 15 * minutes,
}, async () => {
  await makeBucket('many')
  const names = Array.from({ length: many }, (_, i) => `d${i % 10}/k${i}`).sort()
  const rest = names.values()
  const writer = async () => {
    for (const name of rest) expect((await put(`/many/${name}`, '')).status).toBe(200)
  }
  await Promise.all(Array.from({ length: 32 }, writer))
  const found: string[] = []
  for (let token = ''; ; ) {
    const { body } = await call('GET', `/many?list-type=2&max-keys=997${token}`)
    const text = body.toString()
    found.push(...tag(text, 'Key'))
    const [next] = tag(text, 'NextContinuationToken')
    if (next === undefined) break
    token = `&continuation-token=${encodeURIComponent(next)}`
  }
  expect(found).toEqual(names)
  const { body } = await call('GET', '/many?list-type=2&delimiter=%2F')
  expect(tag(body.toString(), 'Prefix').filter(Boolean)).toEqual(
    Array.from({ length: 10 }, (_, i) => `d${i}/`),
  )
})

const partBytes = (isFull ? 512 : 32) * 1024 * 1024
const parts = 10
/** The same piece over and over: making it must not cost more than sending it. */
function content(bytes: number): Readable {
  const piece = Buffer.alloc(1024 * 1024, 'contrail')
  return Readable.from(Array.from({ length: bytes / piece.length }, () => piece))
}

function residentMegabytes(): number {
  const status = readFileSync(`/proc/${server.process.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) / 1024
}

test('a large object goes up in parts and comes down, with flat memory', {
  timeout: 15 * minutes,
}, async () => {
  await makeBucket('large')
  const before = residentMegabytes()
  let most = before
  const watch = setInterval(() => {
    most = Math.max(most, residentMegabytes())
  }, 50)
  try {
    const begun = await call('POST', '/large/object?uploads')
    const [id] = tag(begun.body.toString(), 'UploadId')
    const etags: string[] = []
    for (let part = 1; part <= parts; part++) {
      const path = `/large/object?partNumber=${part}&uploadId=${id}`
      const headers = { 'content-length': partBytes }
      const { status, headers: answered } = await call('PUT', path, {
        headers,
        body: content(partBytes),
      })
      expect(status).toBe(200)
      etags.push(String(answered['etag']))
    }
    const list = etags.map(
      (etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`,
    )
    const body = Buffer.from(`<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`)
    const done = await call('POST', `/large/object?uploadId=${id}`, { body })
    expect(done.status, done.body.toString()).toBe(200)
    expect(tag(done.body.toString(), 'ETag')[0]).toMatch(/-10&quot;$|-10"$/)
    expect(await download('/large/object')).toBe(parts * partBytes)
  } finally {
    clearInterval(watch)
  }
  expect(most - before).toBeLessThan(200)
  expect((await call('DELETE', '/large/object')).status).toBe(204)
})

function download(path: string): Promise<number> {
  return new Promise((done, fail) => {
    const { hostname, port } = new URL(server.url)
    const sent = httpRequest({ hostname, port, path, agent }, (response) => {
      let bytes = 0
      response.on('data', (piece: Buffer) => {
        bytes += piece.length
      })
      response.on('error', fail)
      response.on('end', () => done(bytes))
    })
    sent.on('error', fail)
    sent.end()
  })
}
