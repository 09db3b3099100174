import { type Command, InvalidArgumentError, Option } from 'commander'
import { connectionOf } from './client.ts'
import { csvHeader, csvLine } from './csv.ts'
import type { Environment } from './environment.ts'
import { eventRow } from './event-columns.ts'
import { untilEnded, write } from './output.ts'
import { addSearchOptions, type SearchOptions, searchInput, searchPage } from './search.ts'
import { table } from './table.ts'

const pageMax = 1_000

type Options = SearchOptions & Readonly<{ limit: number; json?: boolean; csv?: boolean }>

/** `contrail lookup`: the newest events that match, in a table, as NDJSON or as CSV. */
export function register(program: Command, environment: Environment): void {
  const command = program.command('lookup').description('search events by any attributes')
  addSearchOptions(command, { times: true })
    .option('--limit <count>', 'most events to show, or all', countOf, 50)
    .option('--json', 'the records as received, one a line')
    .addOption(new Option('--csv', 'comma-separated values with a title line').conflicts('json'))
    .action((options: Options) =>
      untilEnded(environment, (interrupted) => lookup(options, environment, interrupted)),
    )
}

async function lookup(
  options: Options,
  environment: Environment,
  interrupted: AbortSignal,
): Promise<void> {
  const { stdout } = environment
  if (options.csv) await write(stdout, csvHeader)
  const shown: string[] = []
  for await (const records of pages(options, environment, interrupted)) {
    if (options.json) await write(stdout, records.map((record) => `${record}\n`).join(''))
    else if (options.csv) {
      await write(stdout, records.map((record) => csvLine(eventRow(record))).join(''))
    } else shown.push(...records)
  }
  if (options.json || options.csv) return
  const width = stdout.isTTY ? stdout.columns || 80 : Number.POSITIVE_INFINITY
  if (shown.length > 0) await write(stdout, table(shown.map(eventRow), width))
  else environment.stderr.write('no events match\n')
}

/** Records, newest first, page by page, up to the limit. */
async function* pages(
  options: Options,
  environment: Environment,
  interrupted: AbortSignal,
): AsyncGenerator<string[]> {
  const connection = connectionOf(options, environment)
  const input = searchInput(options, environment.clock.now())
  let wanted = options.limit
  let unreadable = 0
  let next: string | undefined
  do {
    const MaxResults = Math.min(wanted, pageMax)
    const request = { ...input, MaxResults, NextToken: next }
    const page = await searchPage(connection, request, environment, interrupted)
    yield [...page.Records]
    unreadable += page.Unreadable ?? 0
    wanted -= page.Records.length
    next = page.NextToken
  } while (next !== undefined && wanted > 0)
  if (unreadable > 0) {
    environment.stderr.write(
      `${unreadable === 1 ? '1 event is' : `${unreadable} events are`} damaged; contrail fsck names them\n`,
    )
    environment.exitCode = 1
  }
}

function countOf(text: string): number {
  if (text === 'all') return Number.POSITIVE_INFINITY
  const count = Number(text)
  if (Number.isSafeInteger(count) && count > 0) return count
  throw new InvalidArgumentError('expected a number above 0, or all')
}
