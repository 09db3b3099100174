// `contrail verify` beside `aws cloudtrail validate-logs` on the same bucket, untouched and touched in every way of
// test/tampering.ts. UPDATE_DOCS=1 writes what both print into docs/tampering.md.
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isoSeconds } from '../../src/clock.ts'
import { signRequest } from '../../src/wire/sigv4/sign.ts'
import { hour, makeChain, makeSigner, type TestChain } from '../digest-chain.ts'
import { hasMoto, type Moto, startMoto } from '../moto.ts'
import { bucketFor, type Keys, type Tampering, tamperings } from '../tampering.ts'
import { hasTool } from '../tools.ts'
import { startTrailDouble, type TrailDouble } from '../trail-double.ts'

const root = dirname(dirname(import.meta.dirname))
const document = join(root, 'docs/tampering.md')
const trailArn = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/main'
const keys: Keys = { honest: makeSigner(), stranger: makeSigner(), insider: makeSigner() }

type Printed = Readonly<{ code: number | null; out: string; err: string }>

let double: TrailDouble
beforeAll(async () => {
  double = await startTrailDouble([keys.honest, keys.insider])
})
afterAll(() => double.close())

function run(
  command: string,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Printed> {
  const env = {
    PATH: process.env['PATH']!,
    HOME: '/nonexistent',
    PYENV_ROOT: process.env['PYENV_ROOT'] ?? '',
    AWS_ENDPOINT_URL: double.url,
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...more,
  }
  const child = spawn(command, args, { env })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  return new Promise((done) => child.on('close', (code) => done({ code, out, err })))
}

function validateLogs(
  made: TestChain,
  env: Readonly<Record<string, string>> = {},
): Promise<Printed> {
  const start = isoSeconds(Date.parse(made.digests[0]!.document.digestStartTime))
  const args = ['--trail-arn', trailArn, '--start-time', start, '--s3-bucket', made.bucket]
  return run('aws', ['cloudtrail', 'validate-logs', ...args], env)
}

function verify(...args: string[]): Promise<Printed> {
  return run(join(root, 'contrail'), ['verify', 'audit', ...args])
}

/** The findings of `--json`, and its summary. */
function parsed({ out }: Printed) {
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  return { findings: lines.slice(0, -1), summary: lines.at(-1) }
}

const hasAws = hasTool(
  'aws',
  ['--version'],
  '`aws cloudtrail validate-logs` beside `contrail verify`',
)

describe('an untouched chain', () => {
  let made: TestChain
  beforeAll(() => {
    made = bucketFor(tamperings[0]!, keys, Date.now())
    double.buckets.set(made.bucket, made.objects)
  })

  test('is valid and complete', async () => {
    const { code, out, err } = await verify('--trail-arn', trailArn)
    expect(err).toBe('')
    expect(out).toContain('12/12 digests valid\n60/60 log files valid\n180 records\n')
    expect(out).toContain('All is valid and complete.')
    expect(code).toBe(0)
  })

  test.skipIf(!hasAws)('is valid to the AWS CLI', async () => {
    const { code, out, err } = await validateLogs(made)
    expect(err).toBe('')
    expect(out).toContain('12/12 digest files valid\n60/60 log files valid')
    expect(code).toBe(0)
  })

  test.skipIf(!hasAws)('is valid to the AWS CLI with a backfill chain and a restart', async () => {
    const end = Math.floor((Date.now() - 2 * hour) / 1000) * 1000
    const shape = { signer: keys.honest, filesPerDigest: 2, digests: 3 }
    const all = makeChain({ ...shape, start: end - 9 * hour })
    const later = makeChain({ ...shape, start: end - 3 * hour, salt: 'later' })
    const generatedAt = end - hour
    const backfill = {
      chain: { backfill: true },
      salt: 'backfill',
      generatedAt,
      start: end - 8 * hour,
    }
    for (const more of [later, makeChain({ ...shape, ...backfill })]) {
      for (const [key, object] of more.objects) all.objects.set(key, object)
    }
    double.buckets.set(all.bucket, all.objects)
    const theirs = await validateLogs(all)
    expect(theirs.out).toContain(
      '6/6 digest files valid\n3/3 backfill digest files valid\n18/18 log files valid',
    )
    const ours = await verify('--json')
    expect(ours.code).toBe(3)
    expect(parsed(ours).findings.map(({ kind }) => kind)).toEqual(['chain-restarted'])
    expect(parsed(ours).summary).toMatchObject({
      digests: { proven: 9, all: 9 },
      logFiles: { proven: 18, all: 18 },
    })
  })
})

type Row = Readonly<{ tampering: Tampering; theirs?: Printed; ours: Printed; made: TestChain }>

describe('a touched chain', () => {
  const rows: Row[] = []

  test.each(tamperings)('$on: $what', async (tampering) => {
    const made = bucketFor(tampering, keys, Date.now())
    tampering.touch(made, keys)
    double.buckets.set(made.bucket, made.objects)
    const ours = await verify('--json', '--trail-arn', trailArn)
    const kinds = new Set<string>(parsed(ours).findings.map(({ kind }) => kind))
    expect([...kinds].sort()).toEqual([...tampering.finds].sort())
    expect(ours.code).toBe(tampering.exitCode)
    const theirs = hasAws ? await validateLogs(made) : undefined
    rows.push({ tampering, theirs, ours, made })
  })

  test.skipIf(!hasAws)('docs/tampering.md says what both print', () => {
    expect(rows.length).toBe(tamperings.length)
    const text = documentOf(rows)
    if (process.env['UPDATE_DOCS']) writeFileSync(document, text)
    expect(readFileSync(document, 'utf8')).toBe(text)
  })
})

function documentOf(rows: readonly Row[]): string {
  const title = (on: string, what: string) => `${on} ${what}`
  const lines = rows.map(({ tampering: { on, what }, theirs, ours, made }) => {
    const cells = [title(on, what), theirText(theirs!, made), ourText(ours, made)]
    return `| ${cells.join(' | ')} |`
  })
  return `# What tampering looks like

A chain of 12 digests (D0 to D11) over 60 log files (L0 to L59), five in each digest, touched in one way a row. Beside
each other: what \`aws cloudtrail validate-logs\` and \`contrail verify\` print on the same bucket, shortened. The table is
written by \`test/conformance/verify.test.ts\` (UPDATE_DOCS=1), which fails when either prints anything else.

\`contrail verify\` ends with 0 when all is valid and complete, 1 on a failure, 3 when something is not proven and nothing
is wrong; \`validate-logs\` with 0 or 1.

| what was done | \`aws cloudtrail validate-logs\` | \`contrail verify\` |
|---|---|---|
${lines.join('\n')}
`
}

function theirText({ out, err, code }: Printed, made: TestChain): string {
  const said = err.split('\n').filter((line) => line.trim() !== '')
  const found = said.map((line) =>
    line
      .replace(
        /^(Digest|Log) file\ts3:\/\/\S+\/(\S+)\t/,
        (_, __, file) => `${nameOf(made, file)}: `,
      )
      .replace(/between \S+ and \S+/, 'between …')
      .replace(/\b[0-9a-f]{32}\b/g, '…'),
  )
  const counts = out.match(/^\d+\/.*$/gm) ?? ['nothing found']
  return `${[...found, ...counts].join('<br>')}<br>exit ${code}`
}

function ourText(ours: Printed, made: TestChain): string {
  const { findings, summary } = parsed(ours)
  const byKind = Map.groupBy(
    findings,
    (one: { kind: string; key?: string; message: string }) => one.kind,
  )
  const found = [...byKind].map(([kind, some]) => {
    const names = some
      .map(({ key }) => (key ? nameOf(made, key.split('/').at(-1)!) : ''))
      .filter(Boolean)
    return `**${kind}** ${brief(names)}: ${shortened(some[0]!.message)}`
  })
  const { digests, logFiles, exitCode } = summary
  const counts = [
    `${digests.proven}/${digests.all} digests, ${logFiles.proven}/${logFiles.all} log files valid`,
  ]
  return `${[...found, ...counts].join('<br>')}<br>exit ${exitCode}`
}

/** Hashes, times and keys differ from run to run. */
function shortened(message: string): string {
  return message
    .replace(/s3:\/\/\S+/g, 'another key')
    .replace(/\b[0-9a-f]{32}\b/g, '…')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '…')
}

function brief(names: readonly string[]): string {
  return names.length <= 3 ? names.join(', ') : `${names[0]} … ${names.at(-1)} (${names.length})`
}

function nameOf(made: TestChain, file: string): string {
  const digest = made.digests.findIndex(({ key }) => key.endsWith(`/${file}`))
  if (digest >= 0) return `D${digest}`
  const log = made.logs.findIndex(({ key }) => key.endsWith(`/${file}`))
  return log >= 0 ? `L${log}` : 'a new one'
}

const isMotoHere = hasMoto('a bucket on moto_server')
describe.skipIf(!isMotoHere)('a bucket on an S3 server that is not ours (moto_server)', () => {
  let moto: Moto
  let endpoint: string
  let made: TestChain

  beforeAll(async () => {
    moto = await startMoto()
    endpoint = moto.url
    made = bucketFor(tamperings[0]!, keys, Date.now())
    await putObject('', {})
    for (const [key, { body, metadata = {} }] of made.objects)
      await putObject(key, { body, metadata })
  })
  afterAll(() => {
    moto.stop()
  })

  async function putObject(
    key: string,
    object: { body?: Buffer; metadata?: Readonly<Record<string, string>> },
  ) {
    const { body = Buffer.alloc(0), metadata = {} } = object
    const url = new URL(`${endpoint}/${made.bucket}/${key}`)
    const named = Object.entries(metadata).map(
      ([name, value]) => [`x-amz-meta-${name}`, value] as const,
    )
    const request = {
      method: 'PUT',
      url,
      headers: Object.fromEntries(named),
      body,
      service: 's3',
      region: 'us-east-1',
    }
    const headers = signRequest({ ...request, accessKeyId: 'a', secret: 'b', now: Date.now() })
    const { status } = await fetch(url, { method: 'PUT', headers, body: new Uint8Array(body) })
    expect(status).toBe(200)
  }

  test('is valid to both, and a changed file is found by both', async () => {
    const s3 = { AWS_ENDPOINT_URL_S3: endpoint }
    expect(await verifyThere(s3)).toMatchObject({ code: 0 })
    if (hasAws) expect(await validateLogs(made, s3)).toMatchObject({ code: 0 })
    await putObject(made.logs[7]!.key, { body: gzipSync('{"Records":[]}') })
    const ours = await verifyThere(s3)
    expect(ours.code).toBe(1)
    expect(ours.out).toMatch(/^FAILED {2}log-changed$/m)
    if (hasAws) expect((await validateLogs(made, s3)).err).toContain("hash value doesn't match")
  })

  function verifyThere(env: Record<string, string>): Promise<Printed> {
    return run(join(root, 'contrail'), ['verify', 's3://audit'], env)
  }
})
