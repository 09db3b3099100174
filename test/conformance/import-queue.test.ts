// `contrail import --watch --queue`: a bucket and a queue that are not ours (moto_server's), set up with the AWS CLI.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasMoto, type Moto, startMoto } from '../moto.ts'
import { sampleEvent } from '../sample-events.ts'
import { removeTestServer, startTestServer, type TestServer } from '../server.ts'
import { hasTool, until } from '../tools.ts'

const root = join(import.meta.dirname, '../..')
const what = 'import by the notices of a queue'
const ready = hasTool('aws', ['--version'], what) && hasMoto(what)

describe.skipIf(!ready)('a bucket whose queue tells of what is new', () => {
  let moto: Moto
  let server: TestServer
  let folder: string
  let queueUrl: string
  beforeAll(async () => {
    moto = await startMoto()
    server = await startTestServer()
    folder = mkdtempSync(join(tmpdir(), 'contrail-queue-'))
    aws('s3', 'mb', 's3://logs')
    queueUrl = aws('sqs', 'create-queue', '--queue-name', 'news').QueueUrl
    const queue = { QueueArn: arnOf(queueUrl), Events: ['s3:ObjectCreated:*'] }
    aws(
      ...['s3api', 'put-bucket-notification-configuration', '--bucket', 'logs'],
      ...['--notification-configuration', JSON.stringify({ QueueConfigurations: [queue] })],
    )
  })
  afterAll(async () => {
    moto.stop()
    await removeTestServer(server)
    rmSync(folder, { recursive: true, force: true })
  })

  const environment = () => ({
    PATH: process.env['PATH']!,
    HOME: folder,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: moto.url,
  })

  function aws(...args: string[]): any {
    const { status, stdout, stderr } = spawnSync(
      'aws',
      ['--endpoint-url', moto.url, ...args, '--output', 'json'],
      {
        env: environment(),
        encoding: 'utf8',
      },
    )
    if (status !== 0) throw new Error(stderr)
    return /^\s*[{[]/.test(stdout) ? JSON.parse(stdout) : undefined
  }

  function arnOf(url: string): string {
    const asked = ['--queue-url', url, '--attribute-names', 'QueueArn']
    return aws('sqs', 'get-queue-attributes', ...asked).Attributes.QueueArn
  }

  /** Messages that are there, seen by nobody or taken by somebody. */
  function messagesLeft(): number {
    const asked = ['--queue-url', queueUrl, '--attribute-names', 'All']
    const { Attributes } = aws('sqs', 'get-queue-attributes', ...asked)
    const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = Attributes
    return Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible)
  }

  function put(key: string, content: string | Buffer): void {
    const path = join(folder, 'content')
    writeFileSync(path, content)
    aws('s3api', 'put-object', '--bucket', 'logs', '--key', key, '--body', path)
  }

  let made = 0
  const logFile = (count: number) => {
    const events = Array.from({ length: count }, () =>
      sampleEvent(Date.now(), { eventID: `queue-${++made}` }),
    )
    return gzipSync(JSON.stringify({ Records: events }))
  }

  test('is listed once, then followed; what fails stays in the queue', async () => {
    put('AWSLogs/1.json.gz', logFile(3))
    const args = ['import', '--json', 's3://logs/AWSLogs/', '--watch', '--queue', queueUrl]
    const child = spawn(join(root, 'contrail'), args, {
      env: { ...environment(), CONTRAIL_DATA: server.data },
    })
    let out = ''
    child.stdout.on('data', (text) => {
      out += text
    })
    const ended = new Promise((done) => child.once('close', done))
    const sees = async (text: string) => {
      expect(
        await until(
          async () => out,
          (seen) => seen.includes(text),
          60_000,
        ),
        out,
      ).toBeTruthy()
    }
    try {
      await sees('"accepted":3,')
      put('AWSLogs/a b+c/2.json.gz', logFile(4))
      await sees('"accepted":7,')
      put('AWSLogs/bad.json', '7')
      put('elsewhere/3.json.gz', logFile(5))
      put('AWSLogs/4.json.gz', logFile(6))
      await sees('"accepted":13,')
      await sees('"failed":2,')
      expect(
        await until(
          async () => messagesLeft(),
          (left) => left === 2,
          30_000,
        ),
      ).toBeTruthy()
    } finally {
      child.kill('SIGINT')
      await ended
    }
    const failed = out
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
      .filter(({ outcome }) => outcome === 'failed')
    expect(failed).toMatchObject([
      { name: 's3://logs/AWSLogs/bad.json', reason: 'holds no JSON objects' },
      { name: 's3://logs/elsewhere/3.json.gz', reason: 'is not in s3://logs/AWSLogs/' },
    ])
  })
})
