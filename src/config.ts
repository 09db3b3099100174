import { readFileSync } from 'node:fs'
import type { BlockList } from 'node:net'
import { parse as parseYaml } from 'yaml'
import {
  type FeedSetting,
  type FollowSetting,
  feedSettings,
  followSettings,
} from './capture/feeds/settings.ts'
import { keySettings, type ProxyConfig, proxySettings } from './proxy-settings.ts'
import {
  type Address,
  bool,
  duration,
  hostAndPort,
  matching,
  number,
  text,
  words,
} from './setting-values.ts'
import { networksOf } from './wire/source-ip.ts'

/** What the operator may set. Times in milliseconds. */
export type Config = Readonly<{
  listen: Address
  data: string
  account: string
  region: string
  /** The Regions that exist here; a signature for any other is refused. */
  regions: readonly string[]
  auth: 'sigv4' | 'open'
  tlsCert?: string
  tlsKey?: string
  /** Serve plain HTTP on an address that is not loopback. */
  plaintext: boolean
  /** CIDR blocks whose X-Forwarded-For is believed. */
  trustedProxies: BlockList
  /** Hosts in front of which a bucket's name may stand. */
  bucketSuffixes: readonly string[]
  /** Another S3 for the files of trails; see `otherS3`. */
  s3Endpoint?: string
  s3Region?: string
  s3AccessKeyId?: string
  s3SecretAccessKey?: string
  s3SessionToken?: string
  s3PathStyle?: boolean
  s3Encryption: boolean
  deliveryInterval: number
  digestInterval: number
  /** LookupEvents calls a second for each account and Region; 0 = no limit. */
  lookupRate: number
  feeds: readonly FeedSetting[]
  /** Files and sockets of this machine that are read. */
  follow: readonly FollowSetting[]
  proxies: readonly ProxyConfig[]
  /** ARNs of principals by access key id, for proxies whose upstream does not tell. */
  captureKeys: Readonly<Record<string, string>>
}>

/** A setting that cannot be used; the text says which, where it came from, and how to mend it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** AWS's 17 default Regions. */
const defaultRegions =
  'us-east-1 us-east-2 us-west-1 us-west-2 ap-south-1 ap-northeast-1 ap-northeast-2 ap-northeast-3 ' +
  'ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 eu-west-1 eu-west-2 eu-west-3 eu-north-1 sa-east-1'

type Setting = Readonly<{
  /** The member of Config. */
  as: keyof Config
  default?: unknown
  parse(value: unknown): unknown
  help: string
  /**
   * Where it may stand besides the file: by default in a variable and a flag. Secrets have no flag, as every
   * user of the machine sees those; what is a table of its own has neither.
   */
  besides?: 'variable' | 'nothing'
}>

/** Every setting: `section.key` in contrail.yaml, CONTRAIL_SECTION_KEY, --section-key. */
export const settings: Readonly<Record<string, Setting>> = {
  listen: {
    as: 'listen',
    default: '127.0.0.1:4590',
    parse: hostAndPort,
    help: 'address of the one listener, host:port',
  },
  data: { as: 'data', default: './data', parse: text, help: 'folder that holds everything' },
  account: {
    as: 'account',
    default: '000000000000',
    parse: matching(/^\d{12}$/, 'twelve digits'),
    help: 'the default account',
  },
  region: {
    as: 'region',
    default: 'us-east-1',
    parse: matching(/^[a-z]{2,4}(-[a-z]+)+-\d+$/, 'a Region such as us-east-1'),
    help: 'the default Region',
  },
  regions: { as: 'regions', default: defaultRegions, parse: words, help: 'the Regions that exist' },
  auth: {
    as: 'auth',
    default: 'sigv4',
    parse: matching(/^(sigv4|open)$/, 'sigv4, or open (any key is the root of the account)'),
    help: 'sigv4, or open: any key is the root of the account',
  },
  'tls.cert': { as: 'tlsCert', parse: text, help: 'PEM certificate chain; serves HTTPS' },
  'tls.key': { as: 'tlsKey', parse: text, help: 'PEM private key of the certificate' },
  'tls.plaintext': {
    as: 'plaintext',
    default: 'false',
    parse: bool,
    help: 'allow plain HTTP on an address that is not loopback',
  },
  trustedProxies: {
    as: 'trustedProxies',
    default: '',
    parse: (value) => networksOf(words(value)),
    help: 'CIDR blocks whose X-Forwarded-For is believed',
  },
  's3.suffixes': {
    as: 'bucketSuffixes',
    default: 'localhost',
    parse: words,
    help: 'hosts in front of which the name of a bucket may stand: bucket.localhost',
  },
  's3.endpoint': {
    as: 's3Endpoint',
    parse: matching(/^https?:\/\/[^/?#]+\/?$/, 'a URL such as http://minio:9000'),
    help: 'S3 server that trails deliver to, instead of this one',
  },
  's3.region': {
    as: 's3Region',
    parse: text,
    help: 'its Region (default: the default Region)',
  },
  's3.accessKeyId': {
    as: 's3AccessKeyId',
    parse: text,
    help: 'key for it; without an endpoint, for AWS',
  },
  's3.secretAccessKey': {
    as: 's3SecretAccessKey',
    parse: text,
    help: 'secret of that key',
    besides: 'variable',
  },
  's3.sessionToken': {
    as: 's3SessionToken',
    parse: text,
    help: 'token of a temporary key',
    besides: 'variable',
  },
  's3.pathStyle': {
    as: 's3PathStyle',
    parse: bool,
    help: "buckets in the path, not in the host's name (default: true for an endpoint)",
  },
  's3.encryption': {
    as: 's3Encryption',
    default: 'true',
    parse: bool,
    help: 'ask it to encrypt (AES256); false for a server that does not know that',
  },
  'delivery.interval': {
    as: 'deliveryInterval',
    default: '60s',
    parse: duration,
    help: 'longest time a log file collects events',
  },
  'digest.interval': {
    as: 'digestInterval',
    default: '1h',
    parse: duration,
    help: 'time that one digest covers',
  },
  'limits.lookupRate': {
    as: 'lookupRate',
    default: '0',
    parse: number,
    help: 'LookupEvents calls a second per account and Region; 0 = unlimited, 2 = as AWS',
  },
  'ingest.feeds': {
    as: 'feeds',
    default: {},
    parse: feedSettings,
    help: 'feeds that may post to /ingest/<name>',
    besides: 'nothing',
  },
  'ingest.follow': {
    as: 'follow',
    default: {},
    parse: followSettings,
    help: 'files and sockets that are read',
    besides: 'nothing',
  },
  'capture.proxies': {
    as: 'proxies',
    default: {},
    parse: proxySettings,
    help: 'recording proxies that run within the server',
    besides: 'nothing',
  },
  'capture.keys': {
    as: 'captureKeys',
    default: {},
    parse: keySettings,
    help: 'ARNs by access key id, for callers of proxies',
    besides: 'nothing',
  },
}

/** No setting but a secret of `contrail proxy`; other commands may run where it is set. */
export const proxyTokenVariable = 'CONTRAIL_PROXY_TOKEN'

/** Where settings come from; later ones win. */
export type Sources = Readonly<{
  /** `contrail.yaml`; undefined when there is none. */
  file?: Readonly<{ path: string; text: string }>
  env: Readonly<Record<string, string | undefined>>
  /** By setting name: `{ 'delivery.interval': '2s' }`. */
  flags?: Readonly<Record<string, string | undefined>>
}>

/** Settles every setting, or throws a ConfigError that names the first one that cannot be used. */
export function loadConfig({ file, env, flags = {} }: Sources): Config {
  const given = new Map<string, { value: unknown; where: string }>()
  if (file) {
    for (const [name, value] of flatten(readYaml(file), file.path)) {
      given.set(known(name, file.path, Object.keys(settings)), { value, where: file.path })
    }
  }
  const byVariable = new Map(
    Object.keys(settings).flatMap((name) => {
      const key = variable(name)
      return key ? [[key, name] as const] : []
    }),
  )
  for (const [key, value] of Object.entries(env)) {
    if (!key.startsWith('CONTRAIL_') || key === proxyTokenVariable || value === undefined) continue
    const table = Object.keys(settings).find((name) => inCapitals(name) === key && !variable(name))
    if (table)
      throw new ConfigError(`${key}: ${table} is read from contrail.yaml only; write it there`)
    const name = byVariable.get(known(key, 'the environment', [...byVariable.keys()]))!
    given.set(name, { value, where: key })
  }
  for (const [name, value] of Object.entries(flags)) {
    if (value !== undefined) given.set(name, { value, where: flag(name)! })
  }
  const config = settle(given)
  if (!config.regions.includes(config.region)) {
    throw new ConfigError(
      `region: ${config.region} is not among the configured regions; add it there`,
    )
  }
  if (!config.tlsCert !== !config.tlsKey) {
    throw new ConfigError('tls: cert and key belong together; set both or neither')
  }
  if (!config.s3AccessKeyId !== !config.s3SecretAccessKey) {
    throw new ConfigError('s3: accessKeyId and secretAccessKey belong together')
  }
  if (config.s3Endpoint && !config.s3AccessKeyId) {
    throw new ConfigError('s3.endpoint needs s3.accessKeyId and s3.secretAccessKey')
  }
  return config
}

/** The S3 that trails deliver to when it is not this server's own. */
export type OtherS3 = Readonly<{
  /** Absent for AWS itself. */
  endpoint?: URL
  region: string
  pathStyle: boolean
  credentials: Readonly<{ accessKeyId: string; secret: string; sessionToken?: string }>
  encrypts: boolean
}>

/** Undefined where trails deliver to this server's own buckets. */
export function otherS3(config: Config): OtherS3 | undefined {
  const { s3AccessKeyId: accessKeyId, s3SecretAccessKey: secret, s3SessionToken } = config
  if (!accessKeyId || !secret) return undefined
  const { s3Endpoint, s3Region, region, s3PathStyle, s3Encryption } = config
  return {
    ...(s3Endpoint && { endpoint: new URL(s3Endpoint) }),
    region: s3Region ?? region,
    pathStyle: s3PathStyle ?? s3Endpoint !== undefined,
    credentials: { accessKeyId, secret, ...(s3SessionToken && { sessionToken: s3SessionToken }) },
    encrypts: s3Encryption,
  }
}

function settle(given: ReadonlyMap<string, { value: unknown; where: string }>): Config {
  const config: Record<string, unknown> = {}
  for (const [name, setting] of Object.entries(settings)) {
    const { value, where } = given.get(name) ?? { value: setting.default, where: 'default' }
    if (value === undefined) continue
    try {
      config[setting.as] = setting.parse(value)
    } catch (error) {
      throw new ConfigError(`${name} (${where}): ${(error as Error).message}`)
    }
  }
  return config as Config
}

/** The process's environment: the only place that reads it. */
export function processEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env
}

/** Reads `--config`, or `contrail.yaml` in the working folder when there is one. */
export function readConfigFile(path?: string): Sources['file'] {
  try {
    return { path: path ?? 'contrail.yaml', text: readFileSync(path ?? 'contrail.yaml', 'utf8') }
  } catch (error) {
    if (path === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new ConfigError(`cannot read ${path ?? 'contrail.yaml'}: ${(error as Error).message}`)
  }
}

/** `limits.lookupRate` → `CONTRAIL_LIMITS_LOOKUP_RATE`; undefined where it is read from the file only. */
export function variable(name: string): string | undefined {
  return settings[name]?.besides === 'nothing' ? undefined : inCapitals(name)
}

function inCapitals(name: string): string {
  return `CONTRAIL_${name
    .replace(/([A-Z])/g, '_$1')
    .replaceAll('.', '_')
    .toUpperCase()}`
}

/** `limits.lookupRate` → `--limits-lookup-rate`; undefined where it has none. */
export function flag(name: string): string | undefined {
  if (settings[name]?.besides) return undefined
  return `--${name.replace(/([A-Z])/g, (c) => `-${c.toLowerCase()}`).replaceAll('.', '-')}`
}

function readYaml(file: { path: string; text: string }): unknown {
  try {
    return parseYaml(file.text) ?? {}
  } catch (error) {
    // The first line says what and where; those after it quote the file, which may hold secrets.
    throw new ConfigError(
      `${file.path}: ${(error as Error).message.split('\n')[0]!.replace(/:$/, '')}`,
    )
  }
}

function* flatten(node: unknown, path: string, prefix = ''): Generator<[string, unknown]> {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) {
    throw new ConfigError(`${path}: ${noKeys(node, prefix)}`)
  }
  for (const [key, value] of Object.entries(node)) {
    const name = prefix ? `${prefix}.${key}` : key
    const isSection =
      !(name in settings) && Object.keys(settings).some((known) => known.startsWith(`${name}.`))
    if (isSection) yield* flatten(value, path, name)
    else yield [name, value]
  }
}

/** Tells no value: it may be a secret. */
function noKeys(node: unknown, section: string): string {
  const found = node === null ? 'nothing' : Array.isArray(node) ? 'a list' : 'a value'
  if (section === '') return `expected keys such as listen, each with its value; found ${found}`
  const first = Object.keys(settings).find((name) => name.startsWith(`${section}.`))!
  const key = first.slice(section.length + 1)
  return `${section}: expected keys such as ${key}, indented below it; found ${found}`
}

function known(name: string, where: string, names: readonly string[]): string {
  if (names.includes(name)) return name
  const nearest = [...names].sort((a, b) => distance(a, name) - distance(b, name))[0]
  throw new ConfigError(`${where}: unknown setting ${name}; did you mean ${nearest}?`)
}

/** Levenshtein's edit distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
