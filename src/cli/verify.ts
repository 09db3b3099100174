import type { Command } from 'commander'
import { discoverPlaces } from '../digest/discover.ts'
import { finding, type Report } from '../digest/finding.ts'
import type { Chain, Place } from '../digest/names.ts'
import { type Range, verifyChains } from '../digest/verify.ts'
import { Progress } from '../verify/progress.ts'
import { Summary } from '../verify/summary.ts'
import { parseTrailArn } from '../verify/target.ts'
import type { Environment } from './environment.ts'
import { printable } from './event-columns.ts'
import { untilEnded } from './output.ts'
import { timeOf } from './search.ts'
import { type EvidenceOptions, openEvidence } from './verify-evidence.ts'
import { Printer, type PrintOptions } from './verify-printer.ts'

type ScopeOptions = Readonly<{
  trailArn?: string
  region?: string
  /** Milliseconds since the epoch. */
  startTime?: number
  endTime?: number
}>
type Options = EvidenceOptions & PrintOptions & ScopeOptions

const help = `
Verified are each digest's signature, key, place, times and link to the digest
before it (by hash and by signature), each listed log file's hash, and whether
any log file is in no digest. Findings are failures (changed, missing, added),
gaps (a time or a file that nothing proves, with nothing found wrong) and notes
(files that wait for their digest, late files, records in two places). Where old
files are removed by a life cycle, --start-time keeps that from being a failure.

Exit code: 0  all is valid and complete
           1  a failure, no digest at all, or an error
           3  gaps only

A folder is a bucket as \`aws s3 sync\` downloads it. The digests' signatures are
metadata, which a download loses: a digest is then proven by the copy that the
next one keeps, and the last by nothing, unless --signatures has it:
{"<key>": "<hex>"} or {"<key>": <the Metadata that head-object prints>}.

The endpoint is --endpoint-url, else AWS_ENDPOINT_URL_S3,
AWS_ENDPOINT_URL_CLOUDTRAIL or AWS_ENDPOINT_URL, else AWS itself; credentials
are the AWS_* variables or a profile.`

/** `contrail verify`: proves a trail's files from its digests, on any S3 endpoint or offline. */
export function register(program: Command, environment: Environment): void {
  const time = (text: string) => timeOf(text, environment.clock.now()) * 1000
  program
    .command('verify')
    .description('prove that log files are as they were delivered')
    .argument('<where>', 'bucket, s3://bucket/prefix, or a folder with a downloaded bucket')
    .option('--trail-arn <arn>', 'only this trail (default: every chain that is found)')
    .option('--region <region>', 'only this Region of the trails')
    .option('--start-time <time>', '2026-11-21T10:00:00+01:00, or 30d ago (default: all)', time)
    .option('--end-time <time>', 'the same (default: now)', time)
    .option('--endpoint-url <url>', 'the S3 and CloudTrail endpoint')
    .option('--public-keys <file>', 'instead of ListPublicKeys: its JSON output, PEM or DER')
    .option('--signatures <file>', "digests' signatures for a downloaded bucket, JSON")
    .option('--concurrency <n>', 'objects read at once', '64')
    .option('--json', 'findings as JSON, one a line, and a summary line')
    .option('--verbose', 'each digest and log file, too')
    .addHelpText('after', help)
    .action((where: string, options: Options) => {
      // Whoever stops us half-way must not be told that all is valid.
      environment.exitCode = 1
      return untilEnded(environment, async (interrupted) => {
        environment.exitCode = await verify(where, options, environment, interrupted)
      })
    })
}

async function verify(
  where: string,
  options: Options,
  environment: Environment,
  interrupted: AbortSignal,
): Promise<number> {
  const { stdout, stderr, clock } = environment
  const scope = scopeOf(options)
  const range = rangeOf(options, clock.now())
  const evidence = await openEvidence(where, options, environment, interrupted)
  const summary = new Summary()
  const progress = new Progress(stderr.isTTY ? stderr : undefined, () => clock.now())
  const bucket = evidence.name
  const printer = new Printer(options, { out: stdout, bucket, summary, progress })
  const add = async (report: Report) => {
    interrupted.throwIfAborted()
    summary.add(report)
    progress.add(report)
    await printer.print(report)
  }
  const { source, findKey } = evidence
  const verifyOptions = { ...evidence.options, wanted: scope.chain }
  try {
    for await (const place of discoverPlaces(source, evidence.prefix)) {
      if (!scope.place(place)) continue
      progress.begin(printable(`${place.accountId} ${place.region}`), range.until ?? clock.now())
      const reports = verifyChains(source, place, findKey, range, verifyOptions)
      for await (const report of reports) await add(report)
    }
  } finally {
    progress.clear()
  }
  if (summary.total('digests').all === 0) {
    const trail = options.trailArn ?? evidence.name + (evidence.prefix || 'AWSLogs/')
    const place = `; a trail's key prefix is part of the place: ${evidence.name}prefix`
    const hint = evidence.name && !evidence.prefix ? place : ''
    await add(finding('chain-missing', `no digest of ${trail} in this time${hint}`))
  }
  await printer.end()
  return summary.exitCode
}

type Scope = Readonly<{ place(place: Place): boolean; chain(chain: Chain): boolean }>

/** Which accounts, Regions and chains are asked for. */
function scopeOf({ trailArn, region }: ScopeOptions): Scope {
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

function rangeOf({ startTime: from, endTime: until }: ScopeOptions, now: number): Range {
  if (from !== undefined && from > (until ?? now)) {
    throw new Error('--start-time must be before --end-time, and not in the future')
  }
  return { from, until }
}
