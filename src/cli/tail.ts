import type { Command } from 'commander'
import { counted } from '../verify/text.ts'
import { CallError, connectionOf } from './client.ts'
import type { Environment } from './environment.ts'
import { type EventRow, eventRow, printable } from './event-columns.ts'
import { untilEnded, write } from './output.ts'
import { addSearchOptions, type SearchOptions, searchInput, searchPage } from './search.ts'

const waitSeconds = 20
const pageMax = 1_000
/** Between two polls, so that a tail of its own polls does not spin. */
const pollPauseMs = 200
const firstRetryMs = 1_000
const longestRetryMs = 15_000

type Options = SearchOptions & Readonly<{ json?: boolean }>

/** `contrail tail`: events as they come in, until interrupted; rides out a restart of the server. */
export function register(program: Command, environment: Environment): void {
  const command = program.command('tail').description('print events as they come in')
  addSearchOptions(command, { times: false })
    .option('--json', 'the records as received, one a line')
    .action((options: Options) =>
      untilEnded(environment, (interrupted) => tail(options, environment, interrupted)),
    )
}

async function tail(
  options: Options,
  environment: Environment,
  interrupted: AbortSignal,
): Promise<void> {
  const { stdout, clock } = environment
  const connection = connectionOf(options, environment)
  const filters = searchInput(options, clock.now())
  const input = { ...filters, Order: 'ARRIVAL', StartAt: 'LATEST', MaxResults: pageMax }
  // The first call only says where to begin; if even that fails, there is nothing to ride out.
  let next = (await searchPage(connection, input, environment, interrupted)).NextToken
  let retryMs = firstRetryMs
  while (!interrupted.aborted) {
    try {
      const poll = { ...input, WaitSeconds: waitSeconds, NextToken: next }
      const page = await searchPage(connection, poll, environment, interrupted)
      for (const record of page.Records) {
        const line = options.json ? record : lineOf(eventRow(record), stdout.isTTY === true)
        await write(stdout, `${line}\n`)
      }
      if (page.Unreadable) {
        const what = counted(page.Unreadable, 'damaged record')
        environment.stderr.write(`${what} left out; contrail fsck names them\n`)
      }
      next = page.NextToken
      retryMs = firstRetryMs
      if (page.AtEnd) await environment.sleep(pollPauseMs, interrupted)
    } catch (error) {
      if (!mayPass(error) || interrupted.aborted) throw error
      environment.stderr.write(`${(error as Error).message}; trying again\n`)
      await environment.sleep(retryMs, interrupted)
      retryMs = Math.min(retryMs * 2, longestRetryMs)
    }
  }
}

/** A refusal will be repeated; an outage may end. */
function mayPass(error: unknown): boolean {
  if (error instanceof CallError) return error.status >= 500
  return error instanceof Error && error.message.startsWith('no answer')
}

const colours = { dim: 2, red: 31, yellow: 33 }

/** One event in one line: reads dimmed, changes in yellow, failures in red, on a terminal. */
function lineOf(row: EventRow, coloured: boolean): string {
  const paint = (text: string, colour: number) =>
    coloured && text !== '' ? `\u001b[${colour}m${text}\u001b[0m` : text
  const name = printable(row.name)
  const change = row.readOnly === 'false'
  return [
    paint(row.time, colours.dim),
    change ? paint(name, colours.yellow) : name,
    printable(row.user) || '-',
    printable(row.source),
    printable(row.resourceName),
    paint(printable(row.error), colours.red),
  ]
    .filter((text) => text !== '')
    .join('  ')
}
