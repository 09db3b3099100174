import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { LogFileFolder } from '../export/log-files.ts'
import { ocsfEvent } from '../export/ocsf.ts'
import { wholeFile, wholeFolder } from '../export/whole.ts'
import { connectionOf } from './client.ts'
import { csvHeader, csvLine } from './csv.ts'
import type { Environment } from './environment.ts'
import { eventRow } from './event-columns.ts'
import { ExportCounts } from './export-counts.ts'
import { ReaderGone, untilEnded, write } from './output.ts'
import { addSearchOptions, type SearchOptions, searchInput, searchPage } from './search.ts'

const pageMax = 1_000

type Options = SearchOptions & Readonly<{ format: Format; output?: string }>
type Switches = Readonly<{ gzip?: boolean; json?: boolean }>
type Pages = AsyncIterable<readonly string[]>

/** Forms that are text: what one page of records becomes. */
const textForms = {
  ndjson: (record: string) => `${record}\n`,
  csv: (record: string) => csvLine(eventRow(record)),
  ocsf: (record: string) => `${JSON.stringify(ocsfEvent(record))}\n`,
} as const
type TextFormat = keyof typeof textForms
type Format = TextFormat | 'log-files' | 'parquet'
const formats: readonly Format[] = ['ndjson', 'log-files', 'csv', 'parquet', 'ocsf']

const help = `
Formats: ndjson     records as received, one a line
         log-files  a new folder in CloudTrail's own layout, which import reads
         csv        the console's columns; what a spreadsheet would run defused
         parquet    CloudTrail Lake's columns and the whole record
         ocsf       API Activity events of OCSF, one a line

An export that is cut off leaves nothing under the name of --output.
Exit code: 1 when it is cut off, or when damaged records were left out.`

/** `contrail export`: all records that a search finds, in the order of arrival. */
export function register(program: Command, environment: Environment): void {
  const command = program.command('export').description('write events out, in any of five forms')
  addSearchOptions(command, { times: true })
    .addOption(new Option('--format <format>', 'the form').choices(formats).default('ndjson'))
    .option('--output <path>', 'a file, for log-files a folder, instead of standard output')
    .option('--gzip', 'compress the file, as when its name ends in .gz')
    .option('--json', 'the sums as JSON')
    .addHelpText('after', help)
    .action((options: Options & Switches) => {
      refuseWhatCannotBe(options)
      return untilEnded(environment, (interrupted) =>
        exportEvents(options, environment, interrupted),
      )
    })
}

function refuseWhatCannotBe({ format, output, gzip, json }: Options & Switches): void {
  const isText = format in textForms
  if (output === undefined) {
    if (!isText) throw new Error(`--format ${format} needs --output`)
    if (gzip) throw new Error('--gzip needs --output')
    if (json) throw new Error('--json needs --output: the events go to standard output')
  }
  if (!isText && (gzip || output?.endsWith('.gz'))) {
    throw new Error(`--format ${format} is compressed as it is`)
  }
  if (output === undefined) return
  const folder = dirname(resolve(output))
  if (!isFolder(folder)) throw new Error(`--output: there is no folder ${folder}`)
  if (format !== 'log-files' && isFolder(output)) {
    throw new Error(`--output: ${output} is a folder; name a file`)
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

async function exportEvents(
  options: Options & Switches,
  environment: Environment,
  interrupted: AbortSignal,
): Promise<void> {
  const counts = new ExportCounts(environment)
  const pages = pagesOf(options, environment, interrupted, counts)
  const before = environment.exitCode
  // Whoever stops us half-way must not be told that all is exported.
  environment.exitCode = 1
  try {
    if (options.output === undefined) {
      for await (const text of textOf(options.format as TextFormat, pages)) {
        await write(environment.stdout, text)
      }
    } else {
      const written = await exportTo(options.output, options, pages)
      await counts.summary(written, options.json === true)
    }
    environment.exitCode = before
  } catch (error) {
    // `contrail export | head` has what it wanted.
    if (error instanceof ReaderGone) environment.exitCode = before
    throw error
  } finally {
    counts.end()
  }
}

async function exportTo(output: string, { format, gzip }: Options & Switches, pages: Pages) {
  if (format === 'log-files') {
    const written = await wholeFolder(output, (folder) => logFiles(folder, pages))
    return { format, output, ...written }
  }
  const chunks = await chunksOf(format, pages)
  const bytes = await wholeFile(output, chunks, { gzip: gzip === true || output.endsWith('.gz') })
  return { format, output, files: 1, bytes }
}

async function logFiles(folder: string, pages: Pages) {
  const written = new LogFileFolder(folder)
  for await (const page of pages) for (const record of page) await written.add(record)
  await written.finish()
  return { files: written.files, bytes: written.bytes }
}

/** The content of one file. */
async function chunksOf(
  format: Exclude<Format, 'log-files'>,
  pages: Pages,
): Promise<AsyncIterable<string | Uint8Array>> {
  if (format === 'parquet') return (await import('../export/parquet.ts')).parquetFile(pages)
  return textOf(format, pages)
}

async function* textOf(format: TextFormat, pages: Pages): AsyncGenerator<string> {
  if (format === 'csv') yield csvHeader
  for await (const page of pages) yield page.map(textForms[format]).join('')
}

/** Page by page what the search finds of what had arrived when it began. */
async function* pagesOf(
  options: Options,
  environment: Environment,
  interrupted: AbortSignal,
  counts: ExportCounts,
): AsyncGenerator<readonly string[]> {
  const connection = connectionOf(options, environment)
  const filters = searchInput(options, environment.clock.now())
  const input = { ...filters, Order: 'ARRIVAL', MaxResults: pageMax }
  let next: string | undefined
  let atEnd = false
  while (!atEnd) {
    const request = { ...input, NextToken: next }
    const page = await searchPage(connection, request, environment, interrupted)
    counts.add(page.Records.length, page.Unreadable ?? 0)
    if (page.Records.length > 0) yield page.Records
    next = page.NextToken
    atEnd = page.AtEnd === true
  }
}
