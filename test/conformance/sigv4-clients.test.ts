// What the AWS CLI, boto3 and the JavaScript SDK really send, over HTTP and TLS, is verified as it is;
// what they sent, with one byte changed, is refused. A missing tool is said loudly, not passed over.
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, Agent as TlsAgent } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import { IAMClient, ListUsersCommand } from '@aws-sdk/client-iam'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { limits } from '../../src/limits.ts'
import { readClaim, verify } from '../../src/wire/sigv4/verify.ts'
import { inPieces, type Sent, whole } from '../sigv4/independent.ts'

const accessKeyId = 'AKIDEXAMPLE'
const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const sessionToken = 'FwoGZXIvYXdzE/+token=='
const objectBody = 'héllo '.repeat(20_000)

type Seen = Sent & { service: string; kind: string; stated?: string; decoded: string }
let seen: Seen[] = []
const servers: Array<ReturnType<typeof createServer>> = []
const folder = mkdtempSync(join(tmpdir(), 'contrail-sigv4-'))
const bodyFile = join(folder, 'object')
const certificate = join(folder, 'cert.pem')
let http = ''
let https = ''

function check({ head, body }: Sent) {
  const claim = readClaim(head)
  const principal = {
    type: 'Root' as const,
    accountId: '000000000000',
    arn: 'arn:aws:iam::000000000000:root',
    principalId: '000000000000',
    accessKeyId,
  }
  const credential =
    claim?.accessKeyId === accessKeyId
      ? { secret, active: true, principal, sessionToken: claim.sessionToken && sessionToken }
      : undefined
  const expected = { regions: ['us-east-1'] }
  const call = verify(head, claim, { credential, now: Date.now(), expect: expected, limits })
  return { claim: claim!, decoded: whole(call.decodeBody(inPieces(body, 10_000))) }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await whole(request)
  const { method = '', url: target = '', rawHeaders } = request
  try {
    const sent = { head: { method, target, rawHeaders }, body }
    const { claim, decoded } = check(sent)
    const stated = request.headers['x-amz-content-sha256'] as string | undefined
    const text = (await decoded).toString()
    seen.push({ ...sent, service: claim.service, kind: claim.kind, stated, decoded: text })
    response.end(answers[claim.service])
  } catch (error) {
    response.statusCode = 400
    response.end(`<Error><Code>${(error as { code?: string }).code}</Code></Error>`)
  }
}

const answers: Record<string, string> = {
  cloudtrail: '{"Events":[]}',
  iam: '<ListUsersResponse><ListUsersResult><Users/></ListUsersResult></ListUsersResponse>',
  sts: '<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>',
  s3: '',
}

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
const hasCli = spawnSync('aws', ['--version']).status === 0
const hasBoto3 = spawnSync('python3', ['-c', 'import boto3']).status === 0
for (const [tool, there] of Object.entries({ openssl: hasOpenssl, aws: hasCli, boto3: hasBoto3 })) {
  if (!there)
    console.error(`\n*** ${tool} is not on this machine: what it sends is NOT verified ***\n`)
}

beforeAll(async () => {
  writeFileSync(bodyFile, objectBody)
  const plain = createServer(answer)
  servers.push(plain)
  http = `http://127.0.0.1:${await listen(plain)}`
  if (!hasOpenssl) return
  const key = join(folder, 'key.pem')
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
  const form = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2']
  execFileSync('openssl', [...form, ...subject, '-keyout', key, '-out', certificate], {
    stdio: 'ignore',
  })
  const tls = createTlsServer({ key: readFileSync(key), cert: readFileSync(certificate) }, answer)
  servers.push(tls)
  https = `https://127.0.0.1:${await listen(tls)}`
})

function listen(server: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})

/** Runs a program against us, with nothing of the machine's own AWS set-up. */
async function run(program: string, args: string[], env: Record<string, string> = {}) {
  const { PATH = '' } = process.env
  await promisify(execFile)(program, args, {
    env: {
      PATH,
      HOME: folder,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secret,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_MAX_ATTEMPTS: '1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CA_BUNDLE: certificate,
      BODY: bodyFile,
      HTTP: http,
      HTTPS: https,
      ...env,
    },
  })
}

/** The calls that arrived and were verified while `act` ran. */
async function during(act: () => Promise<unknown>): Promise<Seen[]> {
  seen = []
  await act()
  return seen
}

const summary = (calls: Seen[]) => calls.map(({ service, kind }) => `${service} ${kind}`)
const inTrailer = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'

/** A trailer-carrying upload is whole, and is refused with one byte of its data or checksum changed. */
async function proveTrailer(call: Seen | undefined): Promise<void> {
  expect(call).toMatchObject({ stated: inTrailer, decoded: objectBody })
  const { head, body } = call!
  for (const text of ['llo', 'x-amz-checksum-crc32:']) {
    const altered = Buffer.from(body)
    altered[body.lastIndexOf(text) + text.length]! ^= 1
    await expect(check({ head, body: altered }).decoded).rejects.toMatchObject({
      code: 'BadDigest',
    })
  }
}

describe.skipIf(!hasCli)('the AWS CLI', () => {
  test('signs its calls', async () => {
    const calls = await during(async () => {
      const endpoint = ['--endpoint-url', http]
      await run('aws', ['iam', 'list-users', '--path-prefix', '/a b+c/', ...endpoint])
      await run('aws', ['sts', 'get-caller-identity', ...endpoint], {
        AWS_SESSION_TOKEN: sessionToken,
      })
      await run('aws', ['cloudtrail', 'lookup-events', ...endpoint])
      const object = ['--bucket', 'b', '--key', 'ü/a b+c//../(1)', '--body', bodyFile]
      await run('aws', ['s3api', 'put-object', ...object, ...endpoint])
    })
    const services = ['iam', 'sts', 'cloudtrail', 's3'].map((name) => `${name} AuthHeader`)
    expect(summary(calls)).toEqual(services)
    expect(calls[3]).toMatchObject({
      decoded: objectBody,
      stated: expect.stringMatching(/^\w{64}$/),
    })
  })

  test.skipIf(!hasOpenssl)('sends its checksum in a trailer over TLS', async () => {
    const object = ['--bucket', 'b', '--key', 'k', '--body', bodyFile, '--endpoint-url', https]
    const calls = await during(() => run('aws', ['s3api', 'put-object', ...object]))
    await proveTrailer(calls[0])
  })
})

const boto3 = `
import boto3, io, os, urllib.request
from botocore.config import Config
BODY = open(os.environ['BODY'], encoding='utf-8').read()
def client(name, url=os.environ['HTTP'], **more):
    s3 = {'addressing_style': 'path'}
    return boto3.client(name, endpoint_url=url, config=Config(signature_version='s3v4' if name == 's3' else None, s3=s3), **more)
`

describe.skipIf(!hasBoto3)('boto3', () => {
  const python = (script: string) => run('python3', ['-c', boto3 + script])

  test('signs its calls, with and without a session', async () => {
    const calls = await during(() =>
      python(`
client('iam').list_users(PathPrefix='/ü/')
client('sts', aws_session_token='${sessionToken}').get_caller_identity()
client('cloudtrail').lookup_events(LookupAttributes=[{'AttributeKey': 'Username', 'AttributeValue': 'é'}])
s3 = client('s3')
s3.put_object(Bucket='b', Key='ü/a b+c//../~(1)', Body=BODY, Metadata={'note': 'a  b'})
s3.put_object(Bucket='b', Key='k', Body=io.BytesIO(b'x'), ChecksumAlgorithm='SHA256')
s3.delete_object(Bucket='b', Key='k', VersionId='a+b c')
`),
    )
    const services = ['iam', 'sts', 'cloudtrail', 's3', 's3', 's3']
    expect(summary(calls)).toEqual(services.map((name) => `${name} AuthHeader`))
    expect(calls[3]!.decoded).toBe(objectBody)
  })

  test('presigns', async () => {
    const calls = await during(() =>
      python(`
urllib.request.urlopen(client('s3').generate_presigned_url('get_object', Params={'Bucket': 'b', 'Key': 'a b/ü'}))
urllib.request.urlopen(client('sts', aws_session_token='${sessionToken}').generate_presigned_url('get_caller_identity', HttpMethod='GET'))
put = client('s3').generate_presigned_url('put_object', Params={'Bucket': 'b', 'Key': 'k'})
urllib.request.urlopen(urllib.request.Request(put, method='PUT', data=b'any'))
`),
    )
    const services = ['s3', 'sts', 's3']
    expect(summary(calls)).toEqual(services.map((name) => `${name} QueryString`))
  })

  test.skipIf(!hasOpenssl)('sends its checksum in a trailer over TLS', async () => {
    const calls = await during(() =>
      python(`
s3 = client('s3', os.environ['HTTPS'])
s3.put_object(Bucket='b', Key='k', Body=BODY)
for name in ['CRC32', 'SHA1', 'SHA256']:
    s3.put_object(Bucket='b', Key='k', Body=b'x' * 3000000, ChecksumAlgorithm=name)
client('iam', os.environ['HTTPS']).list_users()
`),
    )
    expect(summary(calls)).toEqual([...Array(4).fill('s3 AuthHeader'), 'iam AuthHeader'])
    await proveTrailer(calls[0])
    for (const call of calls.slice(1, 4)) {
      expect(call).toMatchObject({ stated: inTrailer, decoded: 'x'.repeat(3_000_000) })
    }
  })
})

describe('the JavaScript SDK', () => {
  const settings = (endpoint: string) => ({
    endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey: secret, sessionToken },
    forcePathStyle: true,
    requestHandler: endpoint.startsWith('https')
      ? { httpsAgent: new TlsAgent({ ca: readFileSync(certificate) }) }
      : {},
  })

  test('signs its calls', async () => {
    const calls = await during(async () => {
      await new IAMClient(settings(http)).send(new ListUsersCommand({ PathPrefix: '/a b+c/' }))
      await new STSClient(settings(http)).send(new GetCallerIdentityCommand({}))
      await new CloudTrailClient(settings(http)).send(new LookupEventsCommand({}))
      const object = { Bucket: 'b', Key: "ü/a b+c//../(1)'!*", Body: objectBody }
      await new S3Client(settings(http)).send(new PutObjectCommand(object))
    })
    const services = ['iam', 'sts', 'cloudtrail', 's3'].map((name) => `${name} AuthHeader`)
    expect(summary(calls)).toEqual(services)
    expect(calls[3]!.decoded).toBe(objectBody)
  })

  test.each(['http', 'https'])('streams with its checksum in a trailer over %s', async (scheme) => {
    if (scheme === 'https' && !hasOpenssl) return
    const algorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const
    const calls = await during(async () => {
      const client = new S3Client(settings(scheme === 'http' ? http : https))
      for (const ChecksumAlgorithm of algorithms) {
        const Body = Readable.from([objectBody.slice(0, 70_000), objectBody.slice(70_000)])
        const ContentLength = Buffer.byteLength(objectBody)
        const object = { Bucket: 'b', Key: 'k', Body, ContentLength, ChecksumAlgorithm }
        await client.send(new PutObjectCommand(object))
      }
    })
    expect(calls).toHaveLength(algorithms.length)
    for (const call of calls) {
      expect(call).toMatchObject({ stated: inTrailer, decoded: objectBody })
    }
    await proveTrailer(calls[0])
  })
})
