import type { FieldMap } from './adapter.ts'
import { adapters } from './adapters.ts'
import { mappedFields } from './mapping.ts'
import { compileMap } from './paths.ts'

/** How a feed's bytes become records. */
export type FeedForm = Readonly<{
  /** The name of an adapter. */
  kind: string
  /** Whose the records are and where; the defaults of the server where absent. */
  account?: string
  region?: string
  eventSource?: string
  map?: FieldMap
}>

/** `ingest.feeds`: who may post to `/ingest/<name>`, and what. */
export type FeedSetting = Partial<FeedForm> &
  Readonly<{
    name: string
    /** SHA-256 of the bearer token, hex. */
    tokenHash: string
    /** Where no kind is: CloudTrail's records, kept as they come, and what it may write; all where absent. */
    accounts?: readonly string[]
    eventSources?: readonly string[]
    regions?: readonly string[]
  }>

/** `ingest.follow`: what is read of this machine. */
export type FollowSetting = FeedForm &
  Readonly<{
    name: string
    /** A file that grows and is rotated; a unix socket that is made here; one that is there. */
    file?: string
    listen?: string
    connect?: string
  }>

const formKeys = ['kind', 'account', 'region', 'eventSource', 'map']
/** Kinds whose records are S3's; those of all others need a source that the operator names. */
const ofS3 = new Set(['minio', 'rgw', 's3-access-log'])

/** Reads `ingest.feeds`. Throws an Error that says what is wrong. */
export function feedSettings(value: unknown): FeedSetting[] {
  return named(value, '{name: {token: "sha256:<hex>", kind: …}}').map(([name, feed]) => {
    const kind = String(feed['kind'] ?? 'cloudtrail')
    const more = kind === 'cloudtrail' ? ['accounts', 'eventSources', 'regions'] : formKeys.slice(1)
    checkKeys(name, feed, ['token', 'kind', ...more])
    const tokenHash = /^sha256:([0-9a-f]{64})$/.exec(String(feed['token']))?.[1]
    if (!tokenHash)
      throw new Error(`${name}.token: expected sha256: and the token's SHA-256 in hex`)
    if (kind === 'cloudtrail') {
      const [accounts, eventSources] = [words(feed['accounts']), words(feed['eventSources'])]
      if (accounts?.some((account) => !/^\d{12}$/.test(account))) {
        throw new Error(`${name}.accounts: expected accounts of twelve digits, in quotes`)
      }
      const regions = words(feed['regions'])
      if (regions) for (const region of regions) checkRegion(`${name}.regions`, region)
      return { name, tokenHash, accounts, eventSources, regions }
    }
    return { name, tokenHash, ...form(name, kind, feed) }
  })
}

/** Reads `ingest.follow`. Throws an Error that says what is wrong. */
export function followSettings(value: unknown): FollowSetting[] {
  return named(value, '{name: {kind: …, file: path}}').map(([name, feed]) => {
    checkKeys(name, feed, [...formKeys, 'file', 'listen', 'connect'])
    const { file, listen, connect } = feed
    const places = { file, listen, connect }
    const given = Object.values(places).filter((one) => typeof one === 'string' && one !== '')
    if (given.length !== 1) {
      throw new Error(`${name}: expected one of file, listen and connect, with a path`)
    }
    return { name, ...form(name, String(feed['kind']), feed), ...(places as object) }
  })
}

type Given = Readonly<Record<string, unknown>>

function form(name: string, kind: string, feed: Given): FeedForm {
  if (!Object.hasOwn(adapters, kind)) {
    throw new Error(
      `${name}.kind: expected one of ${Object.keys(adapters).join(', ')}; found ${kind}`,
    )
  }
  const { account, region, eventSource = ofS3.has(kind) ? 's3.amazonaws.com' : undefined } = feed
  if (account !== undefined && !/^\d{12}$/.test(String(account))) {
    throw new Error(`${name}.account: expected twelve digits, in quotes`)
  }
  if (typeof eventSource !== 'string' || !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(eventSource)) {
    throw new Error(`${name}.eventSource: expected a DNS name such as ${kind}.example.internal`)
  }
  if (region !== undefined) checkRegion(`${name}.region`, String(region))
  return {
    kind,
    eventSource,
    account: account === undefined ? undefined : String(account),
    region: region === undefined ? undefined : String(region),
    map: fieldMap(name, kind, feed['map']),
  }
}

function checkRegion(place: string, region: string): void {
  if (/^[a-z]{2,4}(-[a-z]+)+-\d+$/.test(region)) return
  throw new Error(`${place}: expected a Region such as us-east-1; found ${region}`)
}

function fieldMap(name: string, kind: string, value: unknown): FieldMap | undefined {
  if (kind !== 'mapping' && kind !== 'otlp') {
    if (value !== undefined) throw new Error(`${name}.map: only of the kinds mapping and otlp`)
    return undefined
  }
  const map = (value ?? {}) as Record<string, unknown>
  if (typeof map !== 'object' || Array.isArray(map)) throw new Error(`${name}.map: expected paths`)
  checkKeys(`${name}.map`, map, mappedFields)
  const texts = Object.fromEntries(Object.entries(map).map(([key, path]) => [key, String(path)]))
  for (const field of kind === 'mapping' ? ['eventTime', 'eventName'] : []) {
    if (!texts[field]) throw new Error(`${name}.map.${field}: expected a path such as a.b`)
  }
  try {
    compileMap(texts)
  } catch (error) {
    throw new Error(`${name}.map.${(error as Error).message}`)
  }
  return texts
}

function named(value: unknown, expected: string): Array<[string, Given]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`expected feeds by name: ${expected}`)
  }
  return Object.entries(value).map(([name, feed]) => {
    if (!/^[a-z0-9-]{1,64}$/.test(name)) throw new Error(`a feed's name is a-z, 0-9 and -: ${name}`)
    return [name, (feed ?? {}) as Given]
  })
}

function checkKeys(name: string, given: Given, known: readonly string[]): void {
  const extra = Object.keys(given).find((key) => !known.includes(key))
  if (extra) throw new Error(`${name}: unknown key ${extra}; known are ${known.join(', ')}`)
}

function words(value: unknown): string[] | undefined {
  if (value === undefined) return undefined
  return Array.isArray(value)
    ? value.map(String)
    : String(value)
        .split(/[\s,]+/)
        .filter(Boolean)
}
