import { afterEach, describe, expect, test } from 'vitest'
import { MiddlewareWorld } from '../../test/middleware-world.ts'
import type { Audit, AuditOptions } from './exports.ts'

let world = new MiddlewareWorld()
let audits: Audit[] = []
afterEach(async () => {
  world.answer = () => undefined
  for (const audit of audits) await audit.close()
  audits = []
  world = new MiddlewareWorld()
})

const spool = { folder: '/spool' }
function made(options: Partial<AuditOptions> = {}): Audit {
  const audit = world.audit(options)
  audits.push(audit)
  return audit
}
const failing =
  (status: number, body = '') =>
  () => ({ status, body })
const settled = async (kept: Promise<void>) => {
  await world.clock.advance(0)
  return await kept.then(
    () => 'kept',
    ({ code }) => code,
  )
}

test('an event has who, what, from where, and no secrets', async () => {
  const audit = made()
  const params = { id: 7, password: 'p', card: { apiKey: 'k' }, big: 5n }
  const kept = audit.run({ requestId: 'r', sourceIPAddress: '192.0.2.1' }, () =>
    audit.record({ eventName: 'Pay', user: { id: 'ann' }, params, error: new TypeError('no') }),
  )
  await audit.flush()
  await kept
  const hidden = 'HIDDEN_DUE_TO_SECURITY_REASONS'
  expect(world.data()).toMatchObject([
    {
      eventName: 'Pay',
      eventSource: 'shop.example.internal',
      userIdentity: { type: 'User', principalId: 'ann' },
      sourceIPAddress: '192.0.2.1',
      requestParameters: { id: 7, password: hidden, card: { apiKey: hidden }, big: '5' },
      errorCode: 'TypeError',
      errorMessage: 'no',
      additionalEventData: { requestId: 'r' },
    },
  ])
  expect(world.posts[0]).toMatchObject({ url: 'http://trail/ingest/apps' })
  expect(world.posts[0]!.headers).toMatchObject({ authorization: 'Bearer t' })
})

test('an event without a name or that cannot be read is refused; a large value is left out', async () => {
  const audit = made()
  const unreadable = Object.defineProperty({}, 'x', {
    enumerable: true,
    get() {
      throw new Error('no')
    },
  })
  expect(await settled(audit.record({ eventName: '' }))).toBe('Invalid')
  expect(await settled(audit.record({ eventName: 'E', params: unreadable }))).toBe('Invalid')
  const kept = audit.record({ eventName: 'Large', params: { text: 'x'.repeat(2e6) } })
  await audit.flush()
  await kept
  expect(world.data()).toMatchObject([{ eventName: 'Large', requestParameters: null }])
})

test('events are posted together: after a delay, or as soon as a batch is full', async () => {
  const audit = made()
  for (let n = 0; n < 3; n++) void audit.record({ eventName: `E${n}` })
  await world.clock.advance(999)
  expect(world.posts).toEqual([])
  await world.clock.advance(1)
  expect(world.posts.map(({ ids }) => ids.length)).toEqual([3])
  for (let n = 0; n < 250; n++) void audit.record({ eventName: `F${n}` })
  await world.clock.advance(0)
  expect(world.posts.slice(1).map(({ ids }) => ids.length)).toEqual([100, 100, 50])
  expect(audit.counts()).toEqual({ kept: 253, sent: 253, problems: {} })
})

describe('while the server is away', () => {
  test.each([
    { why: 'no answer', answer: () => new Error('refused'), said: 'does not answer: refused' },
    { why: '503', answer: failing(503, '{"error":"busy"}'), said: 'answers 503: busy' },
    { why: 'a wrong token', answer: failing(403), said: 'answers 403; mend the token or the feed' },
    { why: 'a wrong address', answer: failing(404), said: 'answers 404; mend the endpoint' },
    { why: 'something else there', answer: failing(200, '<p>'), said: 'does not answer as a feed' },
    { why: '400 of a proxy', answer: failing(400, '<p>'), said: 'answers 400' },
  ])('$why: events stay, are tried ever more slowly and arrive once', async ({ answer, said }) => {
    const audit = made({ spool })
    world.answer = answer
    const kept = audit.record({ eventName: 'E' })
    expect(await settled(kept)).toBe('kept')
    await world.clock.advance(1_000)
    expect(world.posts).toHaveLength(1)
    // 0.1, 0.2 … 25.6 s, then every 30 s; told once a minute.
    await world.clock.advance(51_100)
    expect(world.posts).toHaveLength(10)
    await world.clock.advance(300_000)
    expect(world.posts).toHaveLength(20)
    expect(world.heard.length).toBeGreaterThan(4)
    expect(world.heard.length).toBeLessThan(9)
    expect(world.heard[0]).toContain(said)
    world.answer = () => undefined
    await world.clock.advance(30_000)
    expect(world.names()).toEqual(['E'])
    expect(world.files.list('/spool')).toEqual([])
  })

  test('a server that never answers is given up after a while', async () => {
    const files = world.files
    const never: typeof fetch = (_input, init) =>
      new Promise((_, reject) => {
        init!.signal!.addEventListener('abort', () => reject(init!.signal!.reason))
      })
    const { createAudit } = await import('./audit.ts')
    const origin = { source: 's', accountId: '111122223333', region: 'r', endpoint: 'http://t' }
    const heard: string[] = []
    const onError = ({ message }: Error) => heard.push(message)
    const ports = { clock: world.clock, files, fetch: never }
    const audit = createAudit({ ...origin, token: 't', spool, onError }, ports)
    await audit.record({ eventName: 'E' })
    await world.clock.advance(11_000)
    expect(heard).toEqual(['http://t does not answer: nothing in 10000 ms'])
    const closed = audit.close()
    await world.clock.advance(10_000)
    await closed
    expect(files.list('/spool')).toHaveLength(1)
  })
})

describe('what the server will never take', () => {
  test('a refused event is set aside with its reason, the others of its batch arrive', async () => {
    const audit = made({ spool })
    world.refuse = ({ eventData }) =>
      eventData.eventName === 'Bad' ? 'not of this feed' : undefined
    for (const eventName of ['A', 'Bad', 'B']) await audit.record({ eventName })
    await audit.flush()
    expect(world.names()).toEqual(['A', 'B'])
    const [file] = world.files.list('/spool')
    expect(file).toMatch(/^refused-/)
    const aside = JSON.parse(world.files.contents(`/spool/${file}`)!.toString())
    expect(aside).toMatchObject({
      at: '2025-11-21T04:40:00.000Z',
      reason: 'refused: not of this feed',
      record: { eventData: { eventName: 'Bad' } },
    })
    expect(world.heard).toEqual([
      `Refused: refused: not of this feed; set aside in /spool/${file} (1)`,
    ])
    expect(audit.counts()).toEqual({ kept: 3, sent: 2, problems: { Refused: 1 } })
  })

  test.each([
    { why: 'too large', answer: failing(413), reason: '413 too large' },
    {
      why: 'not what a feed takes',
      answer: failing(400, '{"accepted":0,"error":"the body ends early"}'),
      reason: '400 the body ends early',
    },
  ])('a post that is $why is halved until those at fault are found', async ({ answer, reason }) => {
    const audit = made({ spool })
    world.answer = (records) =>
      records.some(({ eventData }) => eventData.eventName === 'E7') ? answer() : undefined
    for (let n = 0; n < 40; n++) void audit.record({ eventName: `E${n}` })
    await world.clock.advance(0)
    await audit.flush()
    expect(world.taken.size).toBe(39)
    expect(world.posts.length).toBeLessThan(20)
    expect(world.heard).toMatchObject([expect.stringContaining(`Refused: refused: ${reason}`)])
  })

  test('past its bound nothing more is set aside, and that is said', async () => {
    const audit = made({ spool: { ...spool, refusedBytesMax: 1_000 } })
    world.refuse = () => 'no'
    for (let n = 0; n < 3; n++) {
      await audit.record({ eventName: 'E' })
      await audit.flush()
    }
    expect(world.heard).toEqual([
      expect.stringContaining('set aside in'),
      'Refused: refused: no; no room is left to set it aside (1)',
    ])
    expect(audit.counts().problems).toEqual({ Refused: 3 })
  })

  test('without a spool record() rejects', async () => {
    const audit = made()
    world.refuse = () => 'no'
    const kept = audit.record({ eventName: 'E' })
    await audit.flush()
    await expect(kept).rejects.toMatchObject({ code: 'Refused', message: 'refused: no' })
  })
})

describe('when there is no room', () => {
  test('in the queue: events are not kept, counted, and told once a minute', async () => {
    const audit = made({ queueEventsMax: 1, mode: 'reject' })
    void audit.record({ eventName: 'A' })
    for (let n = 0; n < 5; n++)
      expect(await settled(audit.record({ eventName: 'B' }))).toBe('QueueFull')
    expect(() => audit.admit()).toThrow(/as many events/)
    expect(world.heard).toEqual(['QueueFull: as many events wait to become durable as may (1)'])
    await audit.close()
    expect(world.heard.at(-1)).toBe('QueueFull: as many events wait to become durable as may (4)')
    expect(world.names()).toEqual(['A'])
    expect(audit.counts().problems).toEqual({ QueueFull: 5 })
  })

  test('in the spool: the same, until the server takes some', async () => {
    const audit = made({ spool: { ...spool, bytesMax: 2_000 }, mode: 'reject' })
    world.answer = failing(503)
    let kept = 0
    while ((await settled(audit.record({ eventName: 'E' }))) === 'kept') kept++
    expect(() => audit.admit()).toThrow(/as many bytes/)
    expect(audit.counts().problems).toEqual({ SpoolFull: 1 })
    world.answer = () => undefined
    await audit.flush()
    expect(() => audit.admit()).not.toThrow()
    expect(await settled(audit.record({ eventName: 'E' }))).toBe('kept')
    expect(world.taken.size).toBe(kept)
  })

  test('on the disk: record() rejects, requests are refused for a moment, then all goes on', async () => {
    const audit = made({ spool, mode: 'reject' })
    await audit.record({ eventName: 'A' })
    world.files.failAt(world.files.operations + 1, { kind: 'error', code: 'ENOSPC', forever: true })
    expect(await settled(audit.record({ eventName: 'B' }))).toBe('SpoolFailed')
    expect(() => audit.admit()).toThrow(/a moment ago/)
    world.files.heal()
    await world.clock.advance(1_000)
    expect(() => audit.admit()).not.toThrow()
    expect(await settled(audit.record({ eventName: 'C' }))).toBe('kept')
    await audit.flush()
    expect(world.names()).toEqual(['A', 'C'])
  })
})

test.each<[keyof AuditOptions | 'spool.bytesMax', Partial<AuditOptions>]>([
  ['endpoint', { endpoint: 'trail.example.internal/ingest/apps' }],
  ['token', { token: 'a b' }],
  ['accountId', { accountId: 'shop' }],
  ['source', { source: '' }],
  ['mode', { mode: 'deny' as never }],
  ['delayMs', { delayMs: Number.NaN }],
  ['timeoutMs', { timeoutMs: Number.POSITIVE_INFINITY }],
  ['queueEventsMax', { queueEventsMax: 0 }],
  ['spool.bytesMax', { spool: { folder: '/spool', bytesMax: -1 } }],
])('a wrong %s is refused at once', (name, options) => {
  expect(() => world.audit(options)).toThrow(new RegExp(`^createAudit: ${name} `))
})

test('close takes no more, sends what it can, and says what it could not keep', async () => {
  const audit = made()
  world.answer = failing(503)
  const kept = audit.record({ eventName: 'E' })
  await audit.close()
  await expect(kept).rejects.toMatchObject({ code: 'Closed' })
  await expect(audit.record({ eventName: 'F' })).rejects.toMatchObject({ code: 'Closed' })
})
