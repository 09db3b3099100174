/** Where log files and digests lie in a trail's bucket, and what their names say. */

const basicTime = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)?Z$/

/** A folder of one account and Region, up to `AWSLogs/`: what a trail adds to every key. */
export type Place = Readonly<{
  /** The trail's S3 key prefix, without a slash at its end; '' for none. */
  prefix: string
  /** `o-…` of an organization trail. */
  organizationId?: string
  accountId: string
  /** The Region that is covered. */
  region: string
}>

/** The folder names under an account that hold log files. */
export const logKinds = [
  'CloudTrail',
  'CloudTrail-Aggregated',
  'CloudTrail-Insight',
  'CloudTrail-NetworkActivity',
] as const
export type LogKind = (typeof logKinds)[number]

export type LogFileName = Place & Readonly<{ kind: LogKind; time: number; unique: string }>

/** What tells one chain of digests from another; a trail has one for each account and Region. */
export type Chain = Place & Readonly<{ trailName: string; homeRegion: string; backfill: boolean }>

export type DigestName = Chain & Readonly<{ endTime: number }>

/** `AWSLogs/111122223333/CloudTrail/us-east-1/`, prefix and organization included. */
export function folderKey(place: Place, kind: LogKind | 'CloudTrail-Digest'): string {
  const { prefix, organizationId, accountId, region } = place
  return [...(prefix ? [prefix] : []), 'AWSLogs', ...(organizationId ? [organizationId] : [])]
    .concat(accountId, kind, region, '')
    .join('/')
}

/** `2026/11/21/`: the folder of a day, by UTC. */
export function dayFolder(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 10).replaceAll('-', '/')}/`
}

/**
 * The key of a log file. `time` is to the minute; `unique` is 16 letters and digits.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
 */
export function logFileKey(name: LogFileName): string {
  const { accountId, kind, region, time, unique } = name
  const minute = `${basic(time).slice(0, 13)}Z`
  const file = `${accountId}_${kind}_${region}_${minute}_${unique}.json.gz`
  return folderKey(name, kind) + dayFolder(time) + file
}

/**
 * The key of a digest, by the end of the time it covers.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
 */
export function digestKey(name: DigestName): string {
  const { accountId, region, trailName, homeRegion, endTime, backfill } = name
  const stem = `${accountId}_CloudTrail-Digest_${region}_${trailName}_${homeRegion}_${basic(endTime)}`
  const file = `${stem}${backfill ? '_backfill' : ''}.json.gz`
  return folderKey(name, 'CloudTrail-Digest') + dayFolder(endTime) + file
}

const placePattern = new RegExp(
  '^(?:(?<prefix>.+)/)?AWSLogs/(?:(?<organizationId>o-[a-z0-9]+)/)?(?<accountId>\\d{12})/' +
    '(?<folder>CloudTrail(?:-[A-Za-z]+)?)/(?<region>[a-z0-9-]+)/\\d{4}/\\d\\d/\\d\\d/(?<file>[^/]+)$',
)
const logFilePattern =
  /^(\d{12})_([A-Za-z-]+)_([a-z0-9-]+)_(\d{8}T\d{4}Z)_([A-Za-z0-9]+)\.json\.gz$/
const digestPattern = new RegExp(
  '^(\\d{12})_CloudTrail-Digest_([a-z0-9-]+)_([A-Za-z0-9._-]+)_([a-z0-9-]+)_' +
    '(\\d{8}T\\d{6}Z)(_backfill)?\\.json\\.gz$',
)

/** What a log file's key says; undefined when it is not exactly the key of a log file. */
export function parseLogFileKey(key: string): LogFileName | undefined {
  const { place, folder, file } = split(key)
  const parts = logFilePattern.exec(file)
  if (!place || !parts || !isLogKind(folder)) return undefined
  const time = parseBasic(parts[4]!)
  if (time === undefined) return undefined
  const name = { ...place, kind: folder, time, unique: parts[5]! }
  return logFileKey(name) === key ? name : undefined
}

/** What a digest's key says; undefined when it is not exactly the key of a digest. */
export function parseDigestKey(key: string): DigestName | undefined {
  const { place, file } = split(key)
  const parts = digestPattern.exec(file)
  const endTime = parts ? parseBasic(parts[5]!) : undefined
  if (!place || !parts || endTime === undefined) return undefined
  const [, , , trailName = '', homeRegion = ''] = parts
  const name = { ...place, trailName, homeRegion, endTime, backfill: parts[6] !== undefined }
  return digestKey(name) === key ? name : undefined
}

/** The chain that a digest is of. */
export function chainOf({ endTime, ...chain }: DigestName): Chain {
  return chain
}

/** One text for one chain: equal for all of its digests, different for every other's. */
export function chainId(chain: Chain): string {
  const { prefix, organizationId = '', accountId, region, trailName, homeRegion, backfill } = chain
  return [prefix, organizationId, accountId, region, trailName, homeRegion, backfill].join('|')
}

function split(key: string): { place?: Place; folder: string; file: string } {
  const groups = placePattern.exec(key)?.groups
  if (!groups) return { folder: '', file: '' }
  const {
    prefix = '',
    organizationId,
    accountId = '',
    region = '',
    folder = '',
    file = '',
  } = groups
  const place = { prefix, accountId, region, ...(organizationId ? { organizationId } : {}) }
  return { place, folder, file }
}

function isLogKind(folder: string): folder is LogKind {
  return (logKinds as readonly string[]).includes(folder)
}

/** `20261121T044423Z` */
function basic(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}

function parseBasic(text: string): number | undefined {
  const parts = basicTime.exec(text)
  if (!parts) return undefined
  const [, year, month, day, hour, minute, second = '00'] = parts
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(ms) ? undefined : ms
}
