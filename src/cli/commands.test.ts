import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sampleEvent } from '../../test/sample-events.ts'
import type { Environment } from './environment.ts'
import * as exportCommand from './export.ts'
import * as lookupCommand from './lookup.ts'
import * as tailCommand from './tail.ts'

// The commands against a server that answers each call with the next of the given answers.

type Answer = Readonly<{ status?: number; body: object }> | Error | 'cut off'
type Request = { headers: Record<string, string>; input: Record<string, unknown> }

const now = Date.UTC(2026, 10, 21, 12)
let folder: string
let requests: Request[]
let answers: Answer[]
let out: string
let err: string
let environment: Environment
let interrupt: AbortController

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'contrail-cli-'))
  requests = []
  answers = []
  out = ''
  err = ''
  interrupt = new AbortController()
  environment = environmentFor({})
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

function environmentFor(terminal: { isTTY?: boolean; columns?: number }): Environment {
  return {
    env: {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4590',
      AWS_ACCESS_KEY_ID: 'AKIATEST',
      AWS_SECRET_ACCESS_KEY: 'secret',
    },
    stdout: Object.assign(
      collect((text) => (out += text)),
      terminal,
    ),
    stderr: collect((text) => (err += text)),
    clock: { now: () => now, after: () => () => {} },
    sleep: async () => {},
    fetch: fakeFetch as typeof fetch,
    version: '0.0.0',
    interrupted: () => interrupt.signal,
  }
}

function collect(add: (text: string) => void): Writable {
  return new Writable({
    write(chunk, _, done) {
      add(String(chunk))
      done()
    },
  })
}

async function fakeFetch(_: URL, init: { headers: Record<string, string>; body: string }) {
  requests.push({ headers: init.headers, input: JSON.parse(init.body) })
  const answer = answers.shift()
  if (!answer) {
    interrupt.abort()
    throw new Error('interrupted')
  }
  if (answer instanceof Error) throw answer
  if (answer === 'cut off') {
    const pull = (body: ReadableStreamDefaultController) => body.error(new TypeError('terminated'))
    return new Response(new ReadableStream({ pull }))
  }
  return Response.json(answer.body, { status: answer.status ?? 200 })
}

async function run(command: { register: typeof lookupCommand.register }, ...args: string[]) {
  const program = new Command().exitOverride()
  command.register(program, environment)
  await program.parseAsync(args, { from: 'user' })
}

const page = (events: readonly object[], more: object = {}): Answer => ({
  body: { Records: events.map((event) => JSON.stringify(event)), ...more },
})

const two = [
  sampleEvent(now, {
    eventName: 'DeleteBucket',
    eventSource: 's3.amazonaws.com',
    errorCode: 'AccessDenied',
    resources: [
      { ARN: 'arn:aws:s3:::audit-logs-of-the-whole-organization', type: 'AWS::S3::Bucket' },
    ],
  }),
  sampleEvent(now - 60_000, { readOnly: true, eventName: 'DescribeInstances' }),
]

describe('lookup', () => {
  test('asks for what was asked, signed, and shows a table', async () => {
    answers = [page(two)]
    await run(lookupCommand, 'lookup', '--user', 'alice', '--since', '1h')
    expect(requests[0]!.input).toEqual({
      Username: 'alice',
      StartTime: now / 1000 - 3600,
      MaxResults: 50,
    })
    expect(requests[0]!.headers).toMatchObject({
      'x-amz-target': 'Contrail_20261121.SearchEvents',
      authorization: expect.stringContaining('/us-east-1/contrail/aws4_request'),
    })
    const lines = out.split('\n')
    expect(lines[0]).toMatch(/^TIME {18}EVENT {14}USER {3}SOURCE {13}RESOURCE +ERROR$/)
    expect(lines[1]).toMatch(/^2026-11-21T12:00:00Z {2}DeleteBucket {7}alice .*AccessDenied$/)
    expect(lines[2]).toBe('2026-11-21T11:59:00Z  DescribeInstances  alice  ec2.amazonaws.com')
  })

  test('fits the terminal, and keeps both ends of what it cuts', async () => {
    environment = environmentFor({ isTTY: true, columns: 90 })
    answers = [page(two)]
    await run(lookupCommand, 'lookup')
    const lines = out.trimEnd().split('\n')
    expect(lines.map((line) => line.length)).toEqual([90 - 7, 90, expect.any(Number)])
    expect(lines[1]).toContain('…')
  })

  test('shows no control characters of an event on the terminal', async () => {
    answers = [page([sampleEvent(now, { eventName: '\u001b[2Jgone\u202e' })])]
    await run(lookupCommand, 'lookup')
    expect(out).toContain('\ufffd[2Jgone\ufffd')
  })

  test('reads pages until its limit', async () => {
    answers = [page([two[0]!], { NextToken: 't' }), page([two[1]!], { NextToken: 'u' })]
    await run(lookupCommand, 'lookup', '--limit', '2', '--json')
    expect(requests.map(({ input }) => input)).toEqual([
      { MaxResults: 2 },
      { MaxResults: 1, NextToken: 't' },
    ])
    expect(out).toBe(two.map((event) => `${JSON.stringify(event)}\n`).join(''))
  })

  test('writes CSV that a spreadsheet does not run', async () => {
    answers = [
      page([
        sampleEvent(now, {
          eventName: '=HYPERLINK("http://x")',
          sourceIPAddress: '@x',
          eventID: 'a,b',
        }),
      ]),
    ]
    await run(lookupCommand, 'lookup', '--csv')
    const [header, line] = out.split('\r\n')
    expect(header).toMatch(/^User name,AWS access key,Event time,Event source,Event name,/)
    expect(line).toBe(
      'alice,AKIAALICE0000000000A,2026-11-21T12:00:00Z,ec2.amazonaws.com,"\'=HYPERLINK(""http://x"")",us-east-1,' +
        `'@x,,,[],,"a,b",false,AwsApiCall,111122223333,Management`,
    )
  })

  test('says when nothing matches, and when records are damaged', async () => {
    answers = [page([], { Unreadable: 2 })]
    await run(lookupCommand, 'lookup')
    expect(out).toBe('')
    expect(err).toBe('2 events are damaged; contrail fsck names them\nno events match\n')
    expect(environment.exitCode).toBe(1)
  })

  test('passes on why it was refused', async () => {
    answers = [{ status: 400, body: { __type: 'AccessDeniedException', message: 'no' } }]
    await expect(run(lookupCommand, 'lookup')).rejects.toThrow('AccessDeniedException: no')
  })

  test('says that no server answers', async () => {
    answers = [Object.assign(new Error('fetch failed'), { cause: { code: 'ECONNREFUSED' } })]
    await expect(run(lookupCommand, 'lookup')).rejects.toThrow(
      'no answer from http://127.0.0.1:4590 (ECONNREFUSED); is the server running?',
    )
  })
})

describe('tail', () => {
  const ready = page([], { NextToken: 't0' })

  test('prints what comes in, coloured on a terminal only', async () => {
    answers = [ready, page([two[0]!], { NextToken: 't1' })]
    await run(tailCommand, 'tail', '--name', 'DeleteBucket')
    expect(requests.map(({ input }) => input)).toMatchObject([
      { EventName: 'DeleteBucket', Order: 'ARRIVAL', StartAt: 'LATEST' },
      { WaitSeconds: 20, NextToken: 't0' },
      { NextToken: 't1' },
    ])
    expect(out).toMatch(
      /^2026-11-21T12:00:00Z {2}DeleteBucket {2}alice {2}s3.amazonaws.com {2}arn.* {2}AccessDenied\n$/,
    )
    out = ''
    interrupt = new AbortController()
    environment = environmentFor({ isTTY: true })
    answers = [ready, page([two[0]!], { NextToken: 't1' })]
    await run(tailCommand, 'tail')
    expect(out).toContain('\u001b[33mDeleteBucket\u001b[0m')
    expect(out).toContain('\u001b[31mAccessDenied\u001b[0m')
  })

  test('rides out a server that is away, from where it was', async () => {
    const refused = Object.assign(new Error('x'), { cause: { code: 'ECONNREFUSED' } })
    const unavailable = { status: 503, body: { __type: 'ServiceUnavailable', message: 'starting' } }
    answers = [ready, refused, unavailable, 'cut off', page([two[1]!], { NextToken: 't1' })]
    await run(tailCommand, 'tail', '--json')
    const tokens = requests.slice(1, 6).map(({ input }) => input['NextToken'])
    expect(tokens).toEqual(['t0', 't0', 't0', 't0', 't1'])
    expect(out).toBe(`${JSON.stringify(two[1])}\n`)
    expect(err.match(/trying again/g)).toHaveLength(3)
  })

  test('tells of damaged records', async () => {
    answers = [ready, page([], { NextToken: 't1', Unreadable: 2 })]
    await run(tailCommand, 'tail')
    expect(err).toContain('2 damaged records left out; contrail fsck names them\n')
  })

  test('ends when it is refused', async () => {
    answers = [ready, { status: 400, body: { __type: 'AccessDenied', message: 'no' } }]
    await expect(run(tailCommand, 'tail')).rejects.toThrow('AccessDenied: no')
  })
})

describe('export', () => {
  const pages = () => [
    page([two[0]!], { NextToken: 't1', AtEnd: false }),
    page([], { NextToken: 't2', AtEnd: false }),
    page([two[1]!], { NextToken: 't3', AtEnd: true }),
  ]
  const whole = two.map((event) => `${JSON.stringify(event)}\n`).join('')

  test('writes every record as it is, in the order of arrival', async () => {
    answers = pages()
    await run(exportCommand, 'export', '--region', 'us-east-1')
    expect(out).toBe(whole)
    expect(requests.map(({ input }) => input)).toMatchObject([
      { Region: 'us-east-1', Order: 'ARRIVAL' },
      { NextToken: 't1' },
      { NextToken: 't2' },
    ])
  })

  test.each(['all.ndjson', 'all.ndjson.gz'])('writes %s whole', async (name) => {
    answers = pages()
    await run(exportCommand, 'export', '--output', join(folder, name))
    const bytes = readFileSync(join(folder, name))
    expect(String(name.endsWith('.gz') ? gunzipSync(bytes) : bytes)).toBe(whole)
    expect(out).toBe('')
  })

  test('leaves no file when it cannot finish', async () => {
    answers = [pages()[0]!, { status: 500, body: { __type: 'InternalFailure', message: 'x' } }]
    const output = join(folder, 'all.ndjson')
    await expect(run(exportCommand, 'export', '--output', output)).rejects.toThrow(
      'InternalFailure',
    )
    expect(readdirSync(folder)).toEqual([])
  })
})
