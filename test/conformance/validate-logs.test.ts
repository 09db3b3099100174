// The story of a trail, told with the AWS CLI on a fresh server: bucket, policy, trail, calls of two users in three
// Regions; then `aws cloudtrail validate-logs` and `contrail verify` say of each Region that all of it is valid. Once
// with the log files in our own S3, once in one that is not ours, which is away for a while.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { hasMoto, startMoto } from '../moto.ts'
import { removeTestServer, startTestServer, type TestServer } from '../server.ts'
import { aws, hasTool, runTool, until } from '../tools.ts'

const hasAws = hasTool('aws', ['--version'], 'the story of a trail')
const launcher = join(dirname(dirname(import.meta.dirname)), 'contrail')
const seconds = 1_000
const pace = { CONTRAIL_DELIVERY_INTERVAL: '2s', CONTRAIL_DIGEST_INTERVAL: '20s' }
const regions = ['us-east-1', 'eu-west-1', 'ap-south-1']
const bucket = 'audit-logs'
const arn = 'arn:aws:cloudtrail:us-east-1:000000000000:trail/main'

type Env = Readonly<Record<string, string>>

const scratch = mkdtempSync(join(tmpdir(), 'contrail-story-'))
afterAll(() => rmSync(scratch, { recursive: true }))

/** What AWS's documentation tells people to put on the bucket. */
const policy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'AWSCloudTrailAclCheck20150319',
      Effect: 'Allow',
      Principal: { Service: 'cloudtrail.amazonaws.com' },
      Action: 's3:GetBucketAcl',
      Resource: `arn:aws:s3:::${bucket}`,
      Condition: { StringEquals: { 'aws:SourceArn': arn } },
    },
    {
      Sid: 'AWSCloudTrailWrite20150319',
      Effect: 'Allow',
      Principal: { Service: 'cloudtrail.amazonaws.com' },
      Action: 's3:PutObject',
      Resource: `arn:aws:s3:::${bucket}/AWSLogs/000000000000/*`,
      Condition: {
        StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control', 'aws:SourceArn': arn },
      },
    },
  ],
})

/** A command that may fail: what it printed and its exit code. */
function tried(command: string, args: readonly string[], env: Env) {
  return new Promise<{ code: number; out: string; err: string }>((done) => {
    execFile(command, args, { env, maxBuffer: 64 * 1024 * 1024 }, (error, out, err) => {
      done({ code: error ? Number(error.code ?? 1) : 0, out, err })
    })
  })
}

async function makeUser(env: Env, name: string): Promise<Env> {
  await aws(env, 'iam', 'create-user', '--user-name', name)
  const all = { Effect: 'Allow', Action: '*', Resource: '*' }
  const document = JSON.stringify({ Version: '2012-10-17', Statement: [all] })
  const named = ['--user-name', name, '--policy-name', 'all', '--policy-document', document]
  await aws(env, 'iam', 'put-user-policy', ...named)
  const { AccessKey } = await aws(env, 'iam', 'create-access-key', '--user-name', name)
  const { AccessKeyId, SecretAccessKey } = AccessKey
  return { ...env, AWS_ACCESS_KEY_ID: AccessKeyId, AWS_SECRET_ACCESS_KEY: SecretAccessKey }
}

async function callEverywhere(env: Env): Promise<void> {
  for (const region of regions) {
    await aws(env, 'cloudtrail', 'describe-trails', '--region', region)
    await aws(env, 'sts', 'get-caller-identity', '--region', region)
  }
}

const status = (env: Env, region: string) =>
  aws(env, 'cloudtrail', 'get-trail-status', '--name', arn, '--region', region)

/** Stops the trail and waits for its last digest in each Region. */
async function finish(env: Env): Promise<void> {
  await aws(env, 'cloudtrail', 'stop-logging', '--name', 'main')
  for (const region of regions) {
    const { StopLoggingTime } = await status(env, region)
    const isDone = (now: any) => now.LatestDigestDeliveryTime >= StopLoggingTime
    const last = await until(() => status(env, region), isDone, 60 * seconds)
    expect(last, region).toSatisfy(isDone)
  }
}

/** Both verifiers on each Region: all valid, and as many files as lie there. */
async function expectValid(env: Env, since: string, extra: readonly string[] = []): Promise<void> {
  for (const region of regions) {
    const range = ['--trail-arn', arn, '--start-time', since, '--region', region, ...extra]
    const { code, out, err } = await tried('aws', ['cloudtrail', 'validate-logs', ...range], env)
    expect({ code, err }, out).toEqual({ code: 0, err: '' })
    const [digests, logs] = [...out.matchAll(/(\d+)\/(\d+) (?:digest|log) files valid/g)]
    expect([digests![1], logs![1]], out).toEqual([digests![2], logs![2]])
    expect(Number(digests![1]), out).toBeGreaterThan(1)
    expect(Number(logs![1])).toBeGreaterThan(0)
  }
  const ours = await tried(launcher, ['verify', `s3://${bucket}`], env)
  expect(ours, ours.out).toMatchObject({ code: 0, err: '' })
  expect(ours.out).toContain('All is valid and complete.')
}

describe.skipIf(!hasAws)('on a fresh server', () => {
  let server: TestServer
  afterAll(() => removeTestServer(server))

  test('all that was delivered is valid, in three Regions', {
    timeout: 240 * seconds,
  }, async () => {
    server = await startTestServer({ env: pace })
    const env = server.clientEnv
    const since = new Date(Date.now() - seconds).toISOString()
    await runTool('aws', ['s3', 'mb', `s3://${bucket}`], env)
    await aws(env, 's3api', 'put-bucket-policy', '--bucket', bucket, '--policy', policy)
    const trail = ['--name', 'main', '--s3-bucket-name', bucket, '--is-multi-region-trail']
    await aws(env, 'cloudtrail', 'create-trail', ...trail, '--enable-log-file-validation')
    const selector = [
      {
        ReadWriteType: 'All',
        DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3'] }],
      },
    ]
    const selectors = ['--trail-name', 'main', '--event-selectors', JSON.stringify(selector)]
    await aws(env, 'cloudtrail', 'put-event-selectors', ...selectors)
    await aws(env, 'cloudtrail', 'start-logging', '--name', 'main')

    const alice = await makeUser(env, 'alice')
    const bob = await makeUser(env, 'bob')
    await runTool('aws', ['s3', 'mb', 's3://work'], alice)
    const files = join(scratch, 'objects')
    mkdirSync(files)
    for (let i = 1; i <= 100; i++) writeFileSync(join(files, `object-${i}.txt`), `object ${i}`)
    await runTool('aws', ['s3', 'cp', '--recursive', '--quiet', files, 's3://work/'], alice)
    await callEverywhere(alice)
    // The first digests are out: what follows is linked to them.
    const hasDigest = (now: any) => now.LatestDigestDeliveryTime !== undefined
    for (const region of regions) await until(() => status(env, region), hasDigest, 60 * seconds)
    await runTool('aws', ['s3', 'rm', '--recursive', '--quiet', 's3://work/'], bob)
    await callEverywhere(bob)
    await finish(env)
    await expectValid(env, since)
    const fsck = await runTool(launcher, ['fsck', '--data', server.data], env)
    expect(fsck).toContain('Everything is as it was written.')
    expect(fsck).toContain(`  contrail verify s3://${bucket}\n`)
  })
})

const isMotoHere = hasMoto('log files on an S3 server that is not ours')
describe.skipIf(!hasAws || !isMotoHere)('log files on moto_server', () => {
  let server: TestServer
  let moto: Awaited<ReturnType<typeof startMoto>>
  afterAll(async () => {
    moto.stop()
    await removeTestServer(server)
  })

  test('are delivered, also after it was away, and are valid', {
    timeout: 240 * seconds,
  }, async () => {
    moto = await startMoto()
    const s3 = {
      CONTRAIL_S3_ENDPOINT: moto.url,
      CONTRAIL_S3_ACCESS_KEY_ID: 'a',
      CONTRAIL_S3_SECRET_ACCESS_KEY: 'b',
    }
    server = await startTestServer({ env: { ...pace, ...s3 } })
    const env = { ...server.clientEnv, AWS_ENDPOINT_URL_S3: moto.url }
    const since = new Date(Date.now() - seconds).toISOString()
    const trail = ['--name', 'main', '--s3-bucket-name', bucket, '--is-multi-region-trail']
    const create = ['cloudtrail', 'create-trail', ...trail, '--enable-log-file-validation']
    expect((await tried('aws', create, env)).err).toContain('S3BucketDoesNotExistException')
    await runTool('aws', ['s3', 'mb', `s3://${bucket}`], env)
    await aws(env, 's3api', 'put-bucket-policy', '--bucket', bucket, '--policy', policy)
    await aws(env, ...create)
    await aws(env, 'cloudtrail', 'start-logging', '--name', 'main')
    await callEverywhere(env)
    const delivered = (now: any) => now.LatestDeliveryTime !== undefined
    expect(await until(() => status(env, 'eu-west-1'), delivered, 30 * seconds)).toSatisfy(
      delivered,
    )

    moto.pause()
    await callEverywhere(env)
    const failed = (now: any) => now.LatestDeliveryAttemptSucceeded === ''
    await until(() => status(env, 'eu-west-1'), failed, 20 * seconds)
    moto.resume()
    await finish(env)
    await expectValid(env, since)
  })
})
