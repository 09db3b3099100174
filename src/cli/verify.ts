import { readFileSync, statSync } from 'node:fs'
import type { Command } from 'commander'
import { discoverPlaces } from '../digest/discover.ts'
import { type Finding, finding, type Report } from '../digest/finding.ts'
import type { Chain, Place } from '../digest/names.ts'
import { type FindKey, keyRing } from '../digest/public-key.ts'
import type { Source } from '../digest/source.ts'
import { type Range, type VerifyOptions, verifyChains } from '../digest/verify.ts'
import { findCredentials } from '../verify/credentials.ts'
import { Folder, findRoot } from '../verify/folder.ts'
import { Progress } from '../verify/progress.ts'
import { askingKeyFinder, readKeyFile, readKeyList } from '../verify/public-keys.ts'
import { type AwsCredentials, S3Bucket } from '../verify/s3-bucket.ts'
import { readSidecar } from '../verify/sidecar.ts'
import { Summary } from '../verify/summary.ts'
import { parseTarget, parseTrailArn } from '../verify/target.ts'
import { findingText, summaryText, unprinted } from '../verify/text.ts'
import { httpTransport } from '../verify/transport.ts'
import { call } from './client.ts'
import type { Environment } from './environment.ts'
import { write } from './output.ts'
import { timeOf } from './search.ts'

type Options = Readonly<{
  trailArn?: string
  startTime?: string
  endTime?: string
  region?: string
  endpointUrl?: string
  publicKeys?: string
  signatures?: string
  concurrency: string
  json?: boolean
  verbose?: boolean
}>

/** How long ListPublicKeys may take, in milliseconds. */
const answerMaxMs = 60_000

const help = `
Verified are: each digest's signature, key, place, times and its link to the digest before it, by hash
and by signature; each listed log file's hash; log files that no digest lists; records that repeat.
Findings are failures (changed, missing, added), gaps (times or files that nothing proves, with nothing
found wrong) and notes (files waiting for their digest, late files, repeated records).

Exit code: 0 all is valid and complete; 1 a failure, or no digest at all, or an error; 3 gaps only.

A folder is a bucket as \`aws s3 sync\` downloads it. The digests' signatures are metadata, which a
download loses: a digest is then proven by the copy that the next one keeps, the last one by nothing,
unless --signatures has it: a JSON object {"<key>": "<hex>" or the Metadata of head-object}.

A bucket's keys and log files come from --endpoint-url, else AWS_ENDPOINT_URL_S3,
AWS_ENDPOINT_URL_CLOUDTRAIL or AWS_ENDPOINT_URL, else AWS itself, with the AWS_* credentials.`

/** `contrail verify`: proves a trail's files from its digests, on any S3 endpoint or offline. */
export function register(program: Command, environment: Environment): void {
  program
    .command('verify')
    .description('prove that log files are as they were delivered')
    .argument('<where>', 'bucket, s3://bucket/prefix, or a folder with a downloaded bucket')
    .option('--trail-arn <arn>', 'only this trail (default: every chain that is found)')
    .option('--region <region>', 'only this Region of the trails')
    .option('--start-time <time>', '2026-11-21T10:00:00+01:00, or 30d ago (default: the beginning)')
    .option('--end-time <time>', 'the same (default: now)')
    .option('--endpoint-url <url>', 'the S3 and CloudTrail endpoint')
    .option('--public-keys <file>', 'instead of ListPublicKeys: its JSON output, PEM or DER')
    .option('--signatures <file>', "digests' signatures for a downloaded bucket, JSON")
    .option('--concurrency <n>', 'objects read at once', '32')
    .option('--json', 'findings as JSON, one a line, and a summary line')
    .option('--verbose', 'each digest and log file, too')
    .addHelpText('after', help)
    .action(async (where: string, options: Options) => {
      environment.exitCode = await verify(where, options, environment)
    })
}

async function verify(where: string, options: Options, environment: Environment): Promise<number> {
  const { stderr, clock } = environment
  const evidence = await open(where, options, environment)
  const scope = scopeOf(options)
  const range = rangeOf(options, clock.now())
  const summary = new Summary()
  const screen = stderr.isTTY && !options.json ? stderr : undefined
  const progress = new Progress(screen, () => clock.now())
  const print = printer(options, environment, { summary, progress, bucket: evidence.name })
  for await (const place of discoverPlaces(evidence.source, evidence.prefix)) {
    if (!scope.place(place)) continue
    progress.begin(`${place.accountId} ${place.region}`, range.until ?? clock.now())
    const { source, findKey, options: verifyOptions } = evidence
    const wanted = { ...verifyOptions, wanted: scope.chain }
    for await (const report of verifyChains(source, place, findKey, range, wanted)) {
      progress.add(report)
      await print(report)
    }
  }
  if (options.trailArn && summary.total('digests').all === 0) {
    await print(finding('chain-missing', `no digest of ${options.trailArn} in this time`))
  }
  progress.clear()
  await write(environment.stdout, closing(options, environment, summary))
  return summary.exitCode
}

/** Prints what is asked for, as it comes, and counts it. */
function printer(
  options: Options,
  { stdout }: Environment,
  to: { summary: Summary; progress: Progress; bucket: string },
): (report: Report) => Promise<void> {
  return async (report) => {
    to.summary.add(report)
    const text =
      report.type === 'finding'
        ? findingLine(report, options, stdout.columns, to)
        : options.verbose && reportLine(report, options, to.bucket)
    if (!text) return
    to.progress.clear()
    await write(stdout, text)
  }
}

function findingLine(
  report: Finding,
  options: Options,
  width: number | undefined,
  { summary, bucket }: { summary: Summary; bucket: string },
): string | undefined {
  if (options.json) return jsonLine(report)
  if (report.severity === 'note' && report.kind === 'log-pending' && !options.verbose) return
  return findingText(report, { nth: summary.kinds.get(report.kind)!, bucket, width })
}

function reportLine(report: Exclude<Report, Finding>, options: Options, bucket: string): string {
  if (options.json) return jsonLine(report)
  const state = { proven: 'valid', unproven: 'NOT PROVEN', refuted: 'FAILED' }[report.verdict]
  if (report.type === 'log') return `log file  ${bucket}${report.key}  ${state}\n`
  const proof = `signature: ${report.signature}, link: ${report.link}`
  return `digest    ${bucket}${report.key}  ${state} (${proof})\n`
}

/** Times as text, as everywhere else in JSON that people read. */
function jsonLine(report: Report): string {
  const times = new Set(['from', 'until', 'startTime', 'endTime'])
  return `${JSON.stringify(report, (name, value) =>
    times.has(name) && typeof value === 'number' ? new Date(value).toISOString() : value,
  )}\n`
}

function closing(options: Options, { stdout }: Environment, summary: Summary): string {
  if (!options.json) return `${unprinted(summary)}\n${summaryText(summary, stdout.columns ?? 100)}`
  const { severities, records, exitCode } = summary
  const totals = { digests: summary.total('digests'), logFiles: summary.total('logs'), records }
  return `${JSON.stringify({ type: 'summary', exitCode, findings: severities, ...totals })}\n`
}

type Scope = Readonly<{ place(place: Place): boolean; chain(chain: Chain): boolean }>

/** Which accounts, Regions and chains are asked for. */
function scopeOf({ trailArn, region }: Options): Scope {
  const arn = trailArn === undefined ? undefined : parseTrailArn(trailArn)
  const isInRegion = (place: Place) => region === undefined || place.region === region
  // An organization's trail has a chain for each of its accounts.
  const isOfAccount = (place: Place) =>
    !arn || place.organizationId !== undefined || place.accountId === arn.accountId
  return {
    place: (place) => isInRegion(place) && isOfAccount(place),
    chain: ({ trailName, homeRegion }) =>
      !arn || (trailName === arn.trailName && homeRegion === arn.homeRegion),
  }
}

function rangeOf({ startTime, endTime }: Options, now: number): Range {
  const from = startTime === undefined ? undefined : timeOf(startTime, now) * 1000
  const until = endTime === undefined ? undefined : timeOf(endTime, now) * 1000
  if (from !== undefined && from > (until ?? now)) {
    throw new Error('--start-time must be before --end-time, and not in the future')
  }
  return { from, until }
}

type Evidence = Readonly<{
  source: Source
  prefix: string
  /** What stands before a key when it is printed. */
  name: string
  findKey: FindKey
  options: VerifyOptions
}>

async function open(where: string, options: Options, environment: Environment): Promise<Evidence> {
  const concurrency = Number(options.concurrency)
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 256) {
    throw new Error(`--concurrency is a number from 1 to 256, not ${options.concurrency}`)
  }
  const target = parseTarget(where, (path) => statOf(path)?.isDirectory() ?? false)
  const keys = options.publicKeys && keyRing(readKeyFile(readFileSync(options.publicKeys)))
  if (target.type === 'folder') {
    if (!keys)
      throw new Error('a folder needs --public-keys: nothing else says whose signatures count')
    const root = await findRoot(target.path)
    if (root === undefined) throw new Error(`no AWSLogs folder in ${target.path}`)
    const kept = options.signatures ? readFileSync(options.signatures, 'utf8') : '{}'
    const source = new Folder(root, readSidecar(kept))
    return { source, prefix: '', name: '', findKey: keys, options: { concurrency } }
  }
  if (options.signatures) throw new Error('--signatures is for a folder; a bucket has them itself')
  const access = accessOf(options, environment, concurrency)
  const bucketNamed = (name: string) => new S3Bucket(name, access)
  const source = bucketNamed(target.bucket)
  return {
    source,
    prefix: target.prefix,
    name: `s3://${target.bucket}/`,
    findKey: keys || listedKeys(options, environment, access.credentials),
    options: { concurrency, now: environment.clock.now(), otherBucket: bucketNamed },
  }
}

function accessOf(options: Options, { env, clock, sleep }: Environment, concurrency: number) {
  const credentials = findCredentials(env, (path) =>
    statOf(path) ? readFileSync(path, 'utf8') : undefined,
  )
  if (!credentials) {
    throw new Error(
      'no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; for ' +
        'a server of your own, eval "$(contrail env)"',
    )
  }
  const url = options.endpointUrl ?? env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL']
  return {
    endpoint: url ? new URL(url) : undefined,
    region: env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1',
    credentials,
    send: httpTransport(concurrency),
    now: () => clock.now(),
    pause: async (ms: number) => void (await sleep(ms)),
  }
}

/** Keys by ListPublicKeys: each Region has its own. */
function listedKeys(
  options: Options,
  environment: Environment,
  credentials: AwsCredentials,
): FindKey {
  const { env } = environment
  const given = options.endpointUrl ?? env['AWS_ENDPOINT_URL_CLOUDTRAIL'] ?? env['AWS_ENDPOINT_URL']
  return askingKeyFinder(async (region, from, until) => {
    const url = new URL(given ?? `https://cloudtrail.${region}.amazonaws.com`)
    const target = 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.ListPublicKeys'
    const input = { StartTime: Math.floor(from / 1000), EndTime: Math.ceil(until / 1000) }
    const request = { service: 'cloudtrail', target, input }
    return readKeyList(await call({ url, region, ...credentials }, request, environment, AbortSignal.timeout(answerMaxMs)))
  })
}

function statOf(path: string) {
  return statSync(path, { throwIfNoEntry: false })
}
