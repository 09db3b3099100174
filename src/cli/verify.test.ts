import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hour, makeChain, makeSigner, type TestChain } from '../../test/digest-chain.ts'
import { startTrailDouble, type TrailDouble } from '../../test/trail-double.ts'
import type { Environment } from './environment.ts'
import { run } from './program.ts'

const signer = makeSigner()
const trail = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/main'
let double: TrailDouble
let folder: string
let made: TestChain

beforeEach(async () => {
  double = await startTrailDouble([signer])
  folder = mkdtempSync(join(tmpdir(), 'contrail-verify-'))
  made = makeChain({ signer, digests: 4 })
  double.buckets.set('audit', made.objects)
})

afterEach(async () => {
  await double.close()
  rmSync(folder, { recursive: true })
})

type Terminal = Readonly<{ columns?: number; isTTY?: boolean }>

async function verify(
  args: readonly string[],
  more: Partial<Environment> = {},
  terminal: Terminal = {},
) {
  let [out, err] = ['', '']
  const environment: Environment = {
    env: {
      AWS_ENDPOINT_URL: double.url,
      AWS_ACCESS_KEY_ID: 'AKIA',
      AWS_SECRET_ACCESS_KEY: 'secret',
    },
    stdout: Object.assign(
      collect((text) => {
        out += text
      }),
      terminal,
    ),
    stderr: Object.assign(
      collect((text) => {
        err += text
      }),
      terminal,
    ),
    clock: { now: () => made.end + hour / 3, after: () => () => {} },
    sleep: async () => {},
    fetch,
    version: '0.0.0',
    interrupted: () => new AbortController().signal,
    ...more,
  }
  const code = await run(['verify', ...args], environment)
  return { code, out, err }
}

function collect(add: (text: string) => void): Writable {
  return new Writable({
    write(chunk, _, done) {
      add(String(chunk))
      done()
    },
  })
}

/** The bucket as `aws s3 sync` leaves it, and the keys in a file. */
function download(below = ''): { keys: string; signatures: string } {
  for (const [key, { body }] of made.objects) {
    const path = join(folder, below, key)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, body)
  }
  const keys = join(folder, 'keys.pem')
  writeFileSync(keys, signer.publicKey.key.export({ type: 'spki', format: 'pem' }))
  const signatures = join(folder, 'signatures.json')
  const kept = made.digests.map(({ key, metadata }) => [key, metadata['signature']])
  writeFileSync(signatures, JSON.stringify(Object.fromEntries(kept)))
  return { keys, signatures }
}

function change(key: string) {
  made.objects.get(key)!.body = gzipSync('{"Records":[]}')
}

describe('a bucket', () => {
  test('that is valid ends with 0 and a table', async () => {
    const { code, out, err } = await verify(['audit'])
    expect(err).toBe('')
    expect(out).toBe(
      '\nACCOUNT       REGION     TRAIL   DIGESTS  LOG FILES  RECORDS  RESULT\n' +
        '111122223333  us-east-1  main    4/4      8/8        24       valid\n\n' +
        '4/4 digests valid\n8/8 log files valid\n24 records\n\nAll is valid and complete.\n',
    )
    expect(code).toBe(0)
  })

  test('that was touched ends with 1 and says where', async () => {
    const { key } = made.logs[3]!
    change(key)
    const { code, out } = await verify(['s3://audit'])
    expect(out).toContain(`FAILED  log-changed\n        s3://audit/${key}\n        its content`)
    expect(out).toContain('7/8 log files valid, 1 FAILED')
    expect(out).toMatch(/FAILED: 1 failure\.\n$/)
    expect(code).toBe(1)
  })

  test('with gaps only ends with 3', async () => {
    const later = makeChain({ signer, digests: 1, start: made.end + hour, salt: 'r' })
    for (const [key, object] of later.objects) made.objects.set(key, object)
    made.end = later.end
    const { code, out } = await verify(['audit'])
    expect(out).toContain('GAP     chain-restarted')
    expect(out).toMatch(/Nothing is wrong, but not all is proven: 1 gap\.\n$/)
    expect(code).toBe(3)
  })

  test('is told as JSON, one finding a line', async () => {
    const { key } = made.logs[3]!
    change(key)
    const { out } = await verify(['audit', '--json'])
    const [finding, summary] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(finding).toMatchObject({
      type: 'finding',
      kind: 'log-changed',
      severity: 'failure',
      key,
    })
    expect(summary).toEqual({
      type: 'summary',
      exitCode: 1,
      findings: { failure: 1, gap: 0, note: 0 },
      digests: { proven: 4, unproven: 0, refuted: 0, all: 4 },
      logFiles: { proven: 7, unproven: 0, refuted: 1, all: 8 },
      records: 21,
    })
  })

  test('says of each digest what proves it, when asked', async () => {
    const { out } = await verify(['audit', '--verbose'])
    expect(out.match(/^digest .* valid \(signature: own, link: intact\)$/gm)?.length).toBe(3)
    expect(out.match(/^log file .* valid$/gm)?.length).toBe(8)
  })

  test.each([
    { args: ['--trail-arn', trail], code: 0, digests: 4 },
    { args: ['--trail-arn', trail.replace('main', 'other')], code: 1, digests: 0 },
    { args: ['--region', 'eu-west-1'], code: 1, digests: 0 },
    {
      args: ['--start-time', '2026-11-20T06:30:00+01:00', '--end-time', '2026-11-20T06:30:00Z'],
      code: 0,
      digests: 2,
    },
    { args: ['--start-time', '2d'], code: 0, digests: 4 },
  ])('$args ends with $code and $digests digests', async ({ args, code, digests }) => {
    const verified = await verify(['audit', '--json', ...args])
    expect(JSON.parse(verified.out.trim().split('\n').at(-1)!).digests.all).toBe(digests)
    expect(verified.code).toBe(code)
  })

  test('under a prefix, of several Regions', async () => {
    for (const region of ['eu-west-1', 'us-east-1']) {
      const chain = { prefix: 'team/a', region }
      for (const [key, object] of makeChain({ signer, digests: 4, chain }).objects)
        made.objects.set(key, object)
    }
    const { code, out } = await verify(['s3://audit/team/a/AWSLogs/'])
    expect(out).toContain('8/8 digests valid\n16/16 log files valid')
    expect(code).toBe(0)
  })

  test('on a server that fails now and then is valid all the same', async () => {
    let requests = 0
    double.fails.next = (url) => url.pathname !== '/' && ++requests % 3 === 0
    expect((await verify(['audit'])).code).toBe(0)
  })

  test('on a server that only fails is an error', async () => {
    double.fails.next = () => true
    expect(await verify(['audit'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('S3 is unavailable'),
    })
  })

  test('is never called valid when we are stopped half-way', async () => {
    const stopped = AbortSignal.abort()
    const { code, out } = await verify(['audit'], { interrupted: () => stopped })
    expect(out).toBe('')
    expect(code).toBe(1)
  })

  test('keeps words together on a terminal that does not know its width', async () => {
    change(made.logs[3]!.key)
    const { out } = await verify(['audit'], {}, { isTTY: true, columns: 0 })
    expect(out).toContain('its content is not what its digest was made from')
  })

  test('asks for the key prefix of a trail where a bucket alone holds nothing', async () => {
    const moved = [...made.objects].map(([key, object]) => [`pre/${key}`, object] as const)
    double.buckets.set('audit', new Map(moved))
    const { code, out } = await verify(['audit'])
    expect(code).toBe(1)
    expect(out.replaceAll(/\s+/g, ' ')).toContain('part of the place: s3://audit/prefix')
  })

  test('shows how far it has come on a terminal, in lines that fit', async () => {
    change(made.logs[3]!.key)
    const { out, err } = await verify(['audit'], {}, { isTTY: true, columns: 60 })
    expect(err).toMatch(/\r[█░]{20} 111122223333 us-east-1/)
    expect(err.endsWith('\r\u001b[K')).toBe(true)
    const table = out.slice(out.indexOf('\n\n'))
    expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60)
  })
})

describe('a folder', () => {
  test.each(['', 'AWSLogs', 'AWSLogs/111122223333'])(
    'is verified from %s/ without signatures, but for the last digest',
    async (from) => {
      const { keys } = download()
      const { code, out } = await verify([join(folder, from), '--public-keys', keys, '--verbose'])
      expect(out).toContain('3/4 digests valid, 1 not proven\n6/8 log files valid, 2 not proven')
      expect(out).toContain('GAP     digest-unproven')
      expect(out.match(/valid \(signature: kept by the next digest/g)?.length).toBe(3)
      expect(code).toBe(3)
    },
  )

  test('is verified whole with kept signatures, downloaded with a prefix', async () => {
    made = makeChain({ signer, digests: 4, chain: { prefix: 'p' } })
    const { keys, signatures } = download('bucket')
    const { code, out } = await verify([folder, '--public-keys', keys, '--signatures', signatures])
    expect(out).toContain('4/4 digests valid\n8/8 log files valid')
    expect(code).toBe(0)
  })

  test('that was touched ends with 1', async () => {
    change(made.logs[0]!.key)
    const { keys } = download()
    expect((await verify([folder, '--public-keys', keys])).code).toBe(1)
  })
})

test.each([
  { args: ['No Such Thing'], says: 'neither a folder nor the name of a bucket' },
  { args: ['audit', '--trail-arn', 'main'], says: 'not the ARN of a trail' },
  { args: ['audit', '--start-time', 'yesterday'], says: 'expected a time such as' },
  {
    args: ['audit', '--start-time', '2026-11-21', '--end-time', '2026-11-20'],
    says: '--start-time must be before',
  },
  { args: ['audit', '--concurrency', '0'], says: '--concurrency is a number' },
  { args: ['audit', '--signatures', 'x'], says: '--signatures is for a folder' },
  { args: ['nosuchbucket'], says: 'NoSuchBucket' },
  { args: [tmpdir()], says: 'a folder needs --public-keys' },
])('$args is refused', async ({ args, says }) => {
  expect(await verify(args)).toMatchObject({ code: 1, err: expect.stringContaining(says) })
})

test('without credentials it says how to get them', async () => {
  const { code, err } = await verify(['audit'], { env: { HOME: folder } })
  expect(err).toContain('no AWS credentials')
  expect(code).toBe(1)
})
