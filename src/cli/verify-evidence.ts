import { readFileSync, statSync } from 'node:fs'
import { type FindKey, keyRing } from '../digest/public-key.ts'
import type { Source } from '../digest/source.ts'
import type { VerifyOptions } from '../digest/verify.ts'
import { S3Bucket } from '../s3-client/s3-bucket.ts'
import type { AwsCredentials } from '../s3-client/s3-requests.ts'
import { httpTransport } from '../s3-client/transport.ts'
import { findCredentials } from '../verify/credentials.ts'
import { Folder, findRoot } from '../verify/folder.ts'
import { askingKeyFinder, readKeyFile, readKeyList } from '../verify/public-keys.ts'
import { readSidecar } from '../verify/sidecar.ts'
import { isBucketName, parseTarget } from '../verify/target.ts'
import { call, givenUrl } from './client.ts'
import type { Environment } from './environment.ts'

/** The options of `contrail verify` that say where evidence lies and whose signatures count. */
export type EvidenceOptions = Readonly<{
  endpointUrl?: string
  publicKeys?: string
  signatures?: string
  concurrency: string
}>

/** What is verified, and with which keys. */
export type Evidence = Readonly<{
  source: Source
  /** The trail's prefix. */
  prefix: string
  /** What stands before a key when it is printed. */
  name: string
  findKey: FindKey
  options: VerifyOptions
}>

/** How long ListPublicKeys may take, in milliseconds. */
const answerMaxMs = 60_000

/** Opens a bucket or a folder. Throws, saying what to do, where credentials or keys are missing. */
export async function openEvidence(
  where: string,
  options: EvidenceOptions,
  environment: Environment,
  interrupted: AbortSignal,
): Promise<Evidence> {
  const concurrency = Number(options.concurrency)
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 256) {
    throw new Error(`--concurrency is a number from 1 to 256, not ${options.concurrency}`)
  }
  const target = parseTarget(where, (path) => statOf(path)?.isDirectory() ?? false)
  const keys = options.publicKeys ? keysIn(options.publicKeys) : undefined
  if (target.type === 'folder') {
    if (options.endpointUrl) throw new Error('--endpoint-url is for a bucket; this is a folder')
    return { ...(await openFolder(target.path, options, keys)), options: { concurrency } }
  }
  if (options.signatures) throw new Error('--signatures is for a folder; a bucket has them itself')
  const access = accessOf(options, environment, { concurrency, interrupted })
  const bucketNamed = (name: string) => new S3Bucket(name, access)
  // The name comes from a digest, which may be anybody's.
  const otherBucket = (name: string) => (isBucketName(name) ? bucketNamed(name) : undefined)
  return {
    source: bucketNamed(target.bucket),
    prefix: target.prefix,
    name: `s3://${target.bucket}/`,
    findKey: keys ?? listedKeys(options, environment, access.credentials),
    options: { concurrency, now: environment.clock.now(), otherBucket },
  }
}

async function openFolder(path: string, options: EvidenceOptions, keys: FindKey | undefined) {
  if (!keys)
    throw new Error('a folder needs --public-keys: nothing in it says whose signatures count')
  const root = await findRoot(path)
  if (root === undefined) throw new Error(`no AWSLogs folder in ${path}`)
  const kept = options.signatures
    ? parsed(options.signatures, (bytes) => readSidecar(bytes.toString()))
    : new Map()
  return { source: new Folder(root, kept), prefix: '', name: '', findKey: keys }
}

function keysIn(file: string): FindKey {
  return keyRing(parsed(file, readKeyFile))
}

function parsed<T>(file: string, parse: (bytes: Buffer) => T): T {
  const bytes = readFileSync(file)
  try {
    return parse(bytes)
  } catch (error) {
    throw new Error(`${file} cannot be used: ${(error as Error).message}`, { cause: error })
  }
}

/** The S3 endpoint and key of the options and the AWS variables; throws where there is no key. */
export function accessOf(
  options: Pick<EvidenceOptions, 'endpointUrl'>,
  { env, clock, sleep }: Environment,
  { concurrency, interrupted }: { concurrency: number; interrupted: AbortSignal },
) {
  const credentials = findCredentials(env, (path) =>
    statOf(path) ? readFileSync(path, 'utf8') : undefined,
  )
  if (!credentials) {
    throw new Error(
      'no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; for ' +
        'a server of your own, eval "$(./contrail env)"',
    )
  }
  return {
    endpoint: endpointOf(options, env, 'AWS_ENDPOINT_URL_S3'),
    region: env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1',
    credentials,
    send: httpTransport(concurrency, interrupted),
    now: () => clock.now(),
    pause: async (ms: number) => void (await sleep(ms, interrupted)),
  }
}

/** Of a service that has a `variable` of its own; undefined for AWS itself. */
function endpointOf(
  { endpointUrl }: Pick<EvidenceOptions, 'endpointUrl'>,
  env: Environment['env'],
  variable: string,
): URL | undefined {
  if (endpointUrl) return givenUrl('--endpoint-url', endpointUrl)
  const name = env[variable] ? variable : 'AWS_ENDPOINT_URL'
  const given = env[name]
  return given ? givenUrl(name, given) : undefined
}

/** Keys by ListPublicKeys: each Region has its own. */
function listedKeys(
  options: EvidenceOptions,
  environment: Environment,
  credentials: AwsCredentials,
): FindKey {
  const { env } = environment
  const given = endpointOf(options, env, 'AWS_ENDPOINT_URL_CLOUDTRAIL')
  return askingKeyFinder(async (region, from, until) => {
    const url = given ?? new URL(`https://cloudtrail.${region}.amazonaws.com`)
    const target = 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.ListPublicKeys'
    const input = { StartTime: Math.floor(from / 1000), EndTime: Math.ceil(until / 1000) }
    const request = { service: 'cloudtrail', target, input }
    const connection = { url, region, ...credentials }
    return readKeyList(
      await call(connection, request, environment, AbortSignal.timeout(answerMaxMs)),
    )
  })
}

function statOf(path: string) {
  return statSync(path, { throwIfNoEntry: false })
}
