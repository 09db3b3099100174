// boto3 over sixteen services of an emulator behind the proxy: both sides see the same bytes, and each call is
// in the journal once, rightly named, with who made it and without its secrets.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasMoto, startMoto } from '../moto.ts'
import { TappedProxy } from '../proxy-tapped.ts'
import { hasTool } from '../tools.ts'

const what = 'boto3 through the proxy'
const canRun = hasMoto(what) && hasTool('python3', ['-c', 'import boto3'], what)

const script = join(import.meta.dirname, 'proxy-calls.py')

/** S3's names of old (`capture-and-neighbours.md` A.2). */
const s3Names: Readonly<Record<string, string>> = {
  ListObjectsV2: 'ListObjects',
  PutBucketLifecycleConfiguration: 'PutBucketLifecycle',
}

describe.skipIf(!canRun)('boto3 through the proxy', () => {
  let proxy: TappedProxy

  beforeAll(async () => {
    proxy = await TappedProxy.start(await startMoto())
  })
  afterAll(() => proxy?.close())

  test('boto3 over sixteen services', async () => {
    const { stdout, stderr } = await promisify(execFile)('python3', [script], {
      env: proxy.clientEnv,
      maxBuffer: 16 * 1024 * 1024,
    })
    const { calls, alice, secrets } = JSON.parse(stdout)
    expect(calls.length, stderr).toBeGreaterThan(80)
    proxy.expectTrue()
    const found = proxy.records()
    const named = (source: string, name: string) => {
      const expected = source === 's3' ? (s3Names[name] ?? name) : name
      return `${source}.amazonaws.com ${expected}`
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
})
