import { statSync } from 'node:fs'
import { type Command, InvalidArgumentError } from 'commander'
import { isoSeconds } from '../clock.ts'
import type { ImportSource } from '../import/files.ts'
import { Finished } from '../import/finished.ts'
import { type FileReport, type ImportOptions, importAll } from '../import/importer.ts'
import { ingestClient } from '../import/ingest-client.ts'
import type { NoticedFiles } from '../import/queue-files.ts'
import { limits } from '../limits.ts'
import type { Environment } from './environment.ts'
import { notesPath, queueOf, sourceOf, targetOf } from './import-places.ts'
import { ImportPrinter } from './import-printer.ts'
import { prove } from './import-proof.ts'
import { untilEnded } from './output.ts'
import { timeOf } from './search.ts'

type Options = Readonly<{
  feed: string
  data?: string
  config?: string
  concurrency: string
  endpointUrl?: string
  resume?: string
  verify?: boolean
  publicKeys?: string
  signatures?: string
  watch?: boolean
  /** Milliseconds. */
  interval?: number
  queue?: string
  json?: boolean
  verbose?: boolean
}>

const dayMs = 24 * 3600_000
/** Between two listings of --watch, when nobody says. */
const intervalMs = 30_000
const intervalMsMin = 100
/** Objects read at once to prove them. */
const proofConcurrency = '64'

const help = `
Taken are .json, .ndjson and .jsonl files, plain or gzip, wherever they lie:
CloudTrail's log files, those of Insights, lines or lists of records. Digest
files are told apart. Every file that is not imported, or not wholly, is named
with the reason. What the server has had lately is not kept twice.

An import that was interrupted goes on when it is called again. With --resume
the notes of finished files are kept after the end, too, and the next import of
the same place takes only what is new. --watch lists the place again every
--interval and takes what is new or has changed; with --queue it lists a bucket
once and then takes what messages tell of.

Exit code: 0  all was imported
           1  a file failed (the others are imported), --verify found something
              wrong, or an error`

/** `contrail import`: sends log files to the running server. */
export function register(program: Command, environment: Environment): void {
  program
    .command('import')
    .description('take log files in: from a folder, a pattern, or a bucket')
    .argument('<where>', "folder, file, 'pattern/**/*.json.gz', or s3://bucket/prefix")
    .option('--feed <name>', 'the feed that the records come in by', 'cloudtrail')
    .option('--data <folder>', 'data folder of the server')
    .option('--config <file>', 'configuration file of the server')
    .option('--concurrency <n>', 'requests at once', '4')
    .option('--endpoint-url <url>', 'the S3 endpoint of s3://…')
    .option('--resume <file>', 'note finished files there, and keep the notes')
    .option('--verify', 'prove the files by their digests first; what they refute is not imported')
    .option('--public-keys <file>', 'for --verify, as for contrail verify')
    .option('--signatures <file>', 'for --verify, as for contrail verify')
    .option('--watch', 'go on with what is added, until interrupted')
    .option('--interval <time>', 'how often --watch lists: 10s, 5m (default: 30s)', intervalOf)
    .option('--queue <url>', 'for --watch: an SQS queue that is told of new objects')
    .option('--json', 'JSON, one object a line')
    .option('--verbose', 'each file, too')
    .addHelpText('after', help)
    .action((where: string, options: Options) => {
      // Whoever stops us half-way must not be told that all is imported.
      environment.exitCode = 1
      return untilEnded(environment, async (interrupted) => {
        environment.exitCode = await importFrom(where, options, environment, interrupted)
      })
    })
}

/** Milliseconds of `30s` or `5m`. */
function intervalOf(text: string): number {
  const ms = /^\d/.test(text) && !text.includes('-') ? -timeOf(text, 0) * 1000 : 0
  if (ms >= intervalMsMin) return ms
  throw new InvalidArgumentError(`expected a time such as 30s or 5m, found ${text}`)
}

async function importFrom(
  where: string,
  options: Options,
  environment: Environment,
  interrupted: AbortSignal,
): Promise<number> {
  const concurrency = Number(options.concurrency)
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 64) {
    throw new Error(`--concurrency is a number from 1 to 64, not ${options.concurrency}`)
  }
  refuseWhatCannotBe(where, options)
  const target = targetOf(options, environment)
  const places = { ...options, concurrency }
  const source = sourceOf(where, places, environment, interrupted)
  const nextFiles = options.queue && queueOf(options.queue, where, places, environment, interrupted)
  const evidence = { ...options, concurrency: proofConcurrency }
  const proof = options.verify ? await prove(where, evidence, environment, interrupted) : undefined
  const before = () => isoSeconds(environment.clock.now() - limits.historyDays * dayMs)
  const finished = new Finished(options.resume ?? notesPath(target, source))
  const printer = new ImportPrinter(environment, options)
  const take: Take = async (source, more) => {
    await importAll({
      source,
      post: ingestClient({ ...target, before }, concurrency, interrupted),
      finished,
      concurrency,
      objection: (file) => proof?.objection(file),
      onFile: (report) => printer.file(report),
      onCounts: (counts) => printer.count(counts),
      pause: (ms) => environment.sleep(ms, interrupted),
      interrupted,
      ...more,
    })
    await printer.endRound(limits.historyDays)
  }
  try {
    const counting = environment.stderr.isTTY === true ? countBytes(source, printer) : undefined
    await take(source)
    await counting
    while (options.watch) {
      if (nextFiles) await takeNoticed(await nextFiles(), take, printer)
      else {
        await environment.sleep(options.interval ?? intervalMs, interrupted)
        await take(source)
      }
    }
    // The notes are for an import that was interrupted; this one was not.
    if (options.resume === undefined) await finished.remove()
  } finally {
    printer.clear()
    await finished.close()
  }
  return printer.failed > 0 || proof?.exitCode === 1 ? 1 : 0
}

/** Options that would be taken and have no effect, or not the one that was meant. */
function refuseWhatCannotBe(where: string, options: Options): void {
  const { watch, queue, resume } = options
  if (watch && options.verify) {
    throw new Error('--verify proves what is there now and knows nothing of what --watch will find')
  }
  if (queue !== undefined && !watch) {
    throw new Error('--queue goes with --watch: it tells of what comes after the first listing')
  }
  if (options.interval !== undefined && (!watch || queue !== undefined)) {
    throw new Error('--interval goes with --watch without --queue: it is between two listings')
  }
  if (!options.verify && (options.publicKeys ?? options.signatures) !== undefined) {
    throw new Error('--public-keys and --signatures go with --verify')
  }
  if (options.endpointUrl !== undefined && !where.startsWith('s3://')) {
    throw new Error('--endpoint-url goes with s3://bucket/prefix')
  }
  if (resume !== undefined && statSync(resume, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(`--resume: ${resume} is a folder; name a file`)
  }
}

type Take = (source: ImportSource, more?: Partial<ImportOptions>) => Promise<void>

/** What fails stays in the queue, and is tried again when the queue gives it again. */
async function takeNoticed(
  noticed: NoticedFiles,
  take: Take,
  printer: ImportPrinter,
): Promise<void> {
  const failed = new Set<string>()
  const onFile = (report: FileReport) => {
    if (report.outcome === 'failed') failed.add(report.name)
    return printer.file(report)
  }
  await take(noticed, { onFile, comesAgain: true })
  await noticed.settle(failed)
}

/** Tells the bar what there is in all; where that cannot be told it stays empty. */
async function countBytes(source: ImportSource, printer: ImportPrinter): Promise<void> {
  let bytes = 0
  try {
    for await (const one of source.files()) if (one.type === 'file') bytes += one.size
    printer.expect(bytes)
  } catch {
    // The import meets the same, and says so.
  }
}
