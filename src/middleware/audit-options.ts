import type { AuditError } from './errors.ts'
import type { EventOrigin } from './event.ts'
import type { PostOptions } from './post.ts'

/** Where events go and how many may wait on the way. */
export type AuditOptions = EventOrigin &
  Omit<PostOptions, 'timeoutMs'> &
  Readonly<{
    /** Keeps events on disk until the server has them. Without it they wait in memory. */
    spool?: SpoolFolder
    /** Most events that wait to become durable. Default: 10,000. */
    queueEventsMax?: number
    /** Most bytes of them. Default: 16 MiB. */
    queueBytesMax?: number
    /** How long events may wait for others to be posted with, in milliseconds. Default: 1,000. */
    delayMs?: number
    /** How long the server may take for one post, and `close` for all, in milliseconds. Default: 10,000. */
    timeoutMs?: number
    /** `reject` refuses a request before its handler runs while events cannot be kept. Default: `pass`. */
    mode?: 'pass' | 'reject'
    /**
     * Hears why events are not kept, and why posts fail: the same at most once a minute, with a count.
     * Default: a line on standard error.
     */
    onError?: (error: AuditError) => void
  }>

type SpoolFolder = Readonly<{
  /** On a disk of this machine; several processes may share it. */
  folder: string
  /** Most bytes that one process spools. Default: 256 MiB. */
  bytesMax?: number
  /** Most bytes of events in the folder that the server refused. Default: 16 MiB. */
  refusedBytesMax?: number
}>

/** With the defaults. */
export type FullOptions = Required<Omit<AuditOptions, 'spool'>> &
  Readonly<{ spool?: Required<SpoolFolder> | undefined }>

const mebibyte = 1024 * 1024
const defaults = {
  queueEventsMax: 10_000,
  queueBytesMax: 16 * mebibyte,
  delayMs: 1_000,
  timeoutMs: 10_000,
  mode: 'pass' as const,
}
const spoolDefaults = { bytesMax: 256 * mebibyte, refusedBytesMax: 16 * mebibyte }
/** What a timer of Node's takes. */
const timeMax = 2 ** 31 - 1

/** The options with their defaults. Throws TypeError that names the one that cannot be. */
export function checkedOptions(options: AuditOptions): FullOptions {
  const full = { onError: printed, ...defaults, ...given(options) }
  const spool = options.spool && { ...spoolDefaults, ...given(options.spool) }
  const { endpoint, token, source, accountId, region, mode } = full
  const isAddress = /^https?:/.test(endpoint) && URL.canParse(endpoint)
  check(isAddress, 'endpoint is an address of http or https')
  check(/^[!-~]+$/.test(token), 'token has letters, digits and signs only')
  check(/^\d{12}$/.test(accountId), 'accountId is 12 digits')
  check(isText(source) && isText(region), 'source and region are texts')
  check(mode === 'pass' || mode === 'reject', 'mode is pass or reject')
  for (const name of ['delayMs', 'timeoutMs'] as const) {
    check(full[name] >= 0 && full[name] <= timeMax, `${name} is milliseconds, at most ${timeMax}`)
  }
  const { queueEventsMax, queueBytesMax } = full
  const { folder = '.', bytesMax = 1, refusedBytesMax = 1 } = spool ?? {}
  check(isText(folder), 'spool.folder is a path')
  for (const [name, bound] of Object.entries({
    queueEventsMax,
    queueBytesMax,
    'spool.bytesMax': bytesMax,
    'spool.refusedBytesMax': refusedBytesMax,
  })) {
    check(bound >= 1, `${name} is 1 or more`)
  }
  return { ...full, spool }
}

/** Without members that are there but undefined. */
function given<T extends object>(members: T): T {
  return Object.fromEntries(Object.entries(members).filter(([, one]) => one !== undefined)) as T
}

function check(isRight: boolean, rule: string): void {
  if (!isRight) throw new TypeError(`createAudit: ${rule}`)
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function printed({ code, message, count }: AuditError): void {
  console.error(`contrail/middleware: ${code}: ${message} (${count})`)
}
