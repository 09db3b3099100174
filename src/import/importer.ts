import { parseDigestKey, parseLogFileKey } from '../digest/names.ts'
import { reasonOf } from './disk-files.ts'
import { faultIn } from './fault.ts'
import { type FileKind, isGzip, kindOf } from './file-kind.ts'
import type { Content, ImportFile, ImportSource } from './files.ts'
import type { Finished } from './finished.ts'
import { groups } from './groups.ts'
import type { Answer, Post } from './ingest-client.ts'
import { ServerGone, send } from './sender.ts'

/** What became of one file, or of a place in the source that cannot be read. */
export type FileReport = Readonly<{
  name: string
  size: number
  outcome: 'imported' | 'failed' | 'digest' | 'other name' | 'finished before'
  /** Why it failed. */
  reason?: string
  isInsights?: boolean
}>

/** Records by what became of them; a request may hold those of many files. */
export type Counts = { accepted: number; duplicates: number; refused: number; earlier: number }

export type ImportOptions = Readonly<{
  source: ImportSource
  post: Post
  finished: Finished
  /** A file that fails comes again by itself; else it is given up until it changes. */
  comesAgain?: boolean
  /** Requests under way at once. */
  concurrency: number
  /** Why a file may not be imported although it can be read; undefined where it may. */
  objection(file: ImportFile): string | undefined
  onFile(report: FileReport): Promise<void> | void
  onCounts(counts: Counts): void
  pause(ms: number): Promise<unknown>
  interrupted: AbortSignal
}>

type Opened = Readonly<{
  file: ImportFile
  content: Content
  /** Its first bytes. */
  head: Buffer
}>
type Looked = Opened & Readonly<{ kind: FileKind | undefined }>

/** Stored bytes that an empty list of records never has, as CloudTrail would write it. */
const namedBytesMin = 512

/** Why files that hold no records are not imported. */
const noRecords: Partial<Record<FileKind, string>> = {
  empty: 'is empty',
  'no records': 'has no records: its list of Records is empty',
  'no JSON': 'holds no JSON objects',
}

/**
 * Sends all files of a source, a few requests at once, each file reported once. Resolves at the end of the
 * source; rejects when the server is gone or the user interrupts.
 */
export async function importAll(options: ImportOptions): Promise<void> {
  const waiting = groups(
    options.source.files(),
    (one) => passOver(one, options),
    (file) => isWanted(file, options),
  )
  const failures: unknown[] = []
  const work = async () => {
    while (failures.length === 0) {
      options.interrupted.throwIfAborted()
      const group = await waiting.next()
      if (group.done) return
      await importGroup(group.value, options)
    }
  }
  const attempt = () => work().catch((error) => failures.push(error))
  await Promise.all(Array.from({ length: options.concurrency }, attempt))
  if (failures.length > 0) throw failures[0]
}

async function passOver(
  one: { type: 'other' | 'unreadable'; name: string; reason?: string },
  { onFile }: ImportOptions,
): Promise<void> {
  const outcome = one.type === 'other' ? 'other name' : 'failed'
  await onFile({ name: one.name, size: 0, outcome, ...(one.reason && { reason: one.reason }) })
}

async function isWanted(file: ImportFile, options: ImportOptions): Promise<boolean> {
  const { name, size } = file
  const outcome = options.finished.has(file) ? 'finished before' : undefined
  const reason = outcome ? undefined : options.objection(file)
  if (outcome) await options.onFile({ name, size, outcome })
  else if (reason) await fail(file, reason, options)
  else if (isDigestName(name)) await options.onFile({ name, size, outcome: 'digest' })
  else return true
  return false
}

function isDigestName(name: string): boolean {
  return parseDigestKey(keyOf(name)) !== undefined
}

/** From `AWSLogs` on a path is as a key. */
function keyOf(name: string): string {
  return name.replaceAll('\\', '/').replace(/^.*?(?=AWSLogs\/)/, '')
}

/** Gzip log files share a request, which inflates them one after the other; anything else goes alone. */
async function importGroup(group: readonly ImportFile[], options: ImportOptions): Promise<void> {
  const opened = (await Promise.all(group.map((file) => openFile(file, options)))).filter(isThere)
  const looked = await Promise.all(opened.map((one) => named(one) ?? look(one, options)))
  const told = looked.filter(isThere)
  const inRow = told.filter(mayShare)
  if (inRow.length > 1) await importRow(inRow, options)
  else await importEach(inRow, options)
  for (const one of told) if (!mayShare(one)) await importOne(one, options)
}

function isThere<T>(one: T | undefined): one is T {
  return one !== undefined
}

function mayShare({ content, kind }: Looked): boolean {
  return Buffer.isBuffer(content) && isGzip(content) && (kind === 'log' || kind === 'insights')
}

/** Reads a file, or its beginning; undefined when it cannot be read, and that was said. */
async function openFile(file: ImportFile, options: ImportOptions): Promise<Opened | undefined> {
  try {
    const content = await file.open()
    return Buffer.isBuffer(content) ? { file, content, head: content } : await begin(file, content)
  } catch (error) {
    options.interrupted.throwIfAborted()
    await fail(file, reasonOf(error), options)
    return undefined
  }
}

/** What a small file is by CloudTrail's own name for it: looking into each costs as much as reading it. */
function named(one: Opened): Looked | undefined {
  const { file, content } = one
  if (!Buffer.isBuffer(content) || !isGzip(content) || content.length < namedBytesMin)
    return undefined
  const name = parseLogFileKey(keyOf(file.name))
  return name && { ...one, kind: name.kind === 'CloudTrail-Insight' ? 'insights' : 'log' }
}

/** What a file is by its first bytes; undefined when it holds no records, and that was said. */
async function look(one: Opened, options: ImportOptions): Promise<Looked | undefined> {
  const { file, head } = one
  const kind = kindOf(head)
  const reason = kind && noRecords[kind]
  if (!reason && kind !== 'digest') return { ...one, kind }
  if (reason) await fail(file, reason, options)
  else await options.onFile({ name: file.name, size: file.size, outcome: 'digest' })
  return undefined
}

async function fail(file: ImportFile, reason: string, options: ImportOptions): Promise<void> {
  if (!options.comesAgain) options.finished.giveUp(file)
  await options.onFile({ name: file.name, size: file.size, outcome: 'failed', reason })
}

/** The first piece of a stream, and the whole of it. */
async function begin(file: ImportFile, stream: AsyncIterable<Buffer>): Promise<Opened> {
  const pieces = stream[Symbol.asyncIterator]()
  const head = (await pieces.next()).value ?? Buffer.alloc(0)
  const whole = async function* () {
    yield head
    yield* { [Symbol.asyncIterator]: () => pieces }
  }
  return { file, content: whole(), head }
}

/** When anything is wrong with the files of a row, each goes alone, so that its own fault is seen. */
async function importRow(row: readonly Looked[], options: ImportOptions): Promise<void> {
  const body = Buffer.concat(row.map(({ content }) => content as Buffer))
  const answer = await send(async () => body, options.post, options.pause)
  if (answer.error === undefined && answer.refused === 0) {
    options.onCounts(countsOf(answer))
    await finish(row, options)
    return
  }
  // What is durable by now is a duplicate when it comes again.
  options.onCounts({
    accepted: answer.accepted,
    duplicates: -answer.accepted,
    refused: 0,
    earlier: 0,
  })
  await importEach(row, options)
}

/** Each for itself, by what it holds and not by its name. */
async function importEach(row: readonly Looked[], options: ImportOptions): Promise<void> {
  for (const one of row) {
    const looked = await look(one, options)
    if (looked) await importOne(looked, options)
  }
}

async function importOne(one: Looked, options: ImportOptions): Promise<void> {
  const { file } = one
  let isFirst = true
  const open = async () => {
    const content = isFirst ? one.content : await file.open()
    isFirst = false
    return content
  }
  const answer = await send(open, options.post, options.pause).catch((error) => {
    options.interrupted.throwIfAborted()
    if (error instanceof ServerGone) throw error
    return reasonOf(error)
  })
  if (typeof answer === 'string') return fail(file, answer, options)
  options.onCounts(countsOf(answer))
  const reason = await reasonAgainst(answer, file)
  if (reason === undefined) await finish([one], options)
  else await fail(file, reason, options)
}

async function finish(row: readonly Looked[], options: ImportOptions): Promise<void> {
  await options.finished.add(row.map(({ file }) => file))
  for (const { file, kind } of row) {
    const isInsights = kind === 'insights'
    await options.onFile({ name: file.name, size: file.size, outcome: 'imported', isInsights })
  }
}

function countsOf({ accepted, duplicates, refused, earlier = 0 }: Answer): Counts {
  return { accepted, duplicates, refused, earlier }
}

/** What is wrong with a file by the server's answer, and where; undefined when all of it was taken. */
async function reasonAgainst(answer: Answer, file: ImportFile): Promise<string | undefined> {
  const taken = answer.accepted + answer.duplicates
  if (answer.error !== undefined) {
    const fault =
      answer.status === 413 ? undefined : await file.open().then(faultIn).catch(reasonOf)
    const kept = taken > 0 ? `; ${taken} records before it are imported` : ''
    return `${fault ?? answer.error}${kept}`
  }
  const [first] = answer.refusals
  if (!first) return taken === 0 ? 'has no records' : undefined
  const id = first.eventID ? ` (${first.eventID})` : ''
  return `${refusedPart(answer.refused, taken)}; record ${first.index + 1}${id}: ${first.reason}`
}

function refusedPart(refused: number, taken: number): string {
  if (taken > 0) return `${refused} of ${taken + refused} records were refused`
  return refused === 1 ? 'its one record was refused' : `all ${refused} records were refused`
}
