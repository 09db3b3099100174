import { createWriteStream, type WriteStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Command } from 'commander'
import { connectionOf } from './client.ts'
import type { Environment } from './environment.ts'
import { untilEnded, write } from './output.ts'
import { addSearchOptions, type SearchOptions, searchInput, searchPage } from './search.ts'

const pageMax = 1_000
const progressEvery = 10_000

type Options = SearchOptions & Readonly<{ output?: string }>

/** `contrail export`: records as received, one a line, in the order of arrival. */
export function register(program: Command, environment: Environment): void {
  const command = program.command('export').description('write events out as they came in')
  addSearchOptions(command, { times: true })
    .option('--output <file>', 'a file instead of standard output; gzip when it ends in .gz')
    .action((options: Options) =>
      untilEnded(environment, (interrupted) => exportEvents(options, environment, interrupted)),
    )
}

async function exportEvents(
  options: Options,
  environment: Environment,
  interrupted: AbortSignal,
): Promise<void> {
  const lines = linesOf(options, environment, interrupted)
  if (options.output !== undefined) await writeFile(options.output, lines)
  else for await (const text of lines) await write(environment.stdout, text)
}

/** The records of one page at a time, each ended by a line break. */
async function* linesOf(
  options: Options,
  environment: Environment,
  interrupted: AbortSignal,
): AsyncGenerator<string> {
  const { stderr, clock } = environment
  const connection = connectionOf(options, environment)
  const filters = searchInput(options, clock.now())
  const input = { ...filters, Order: 'ARRIVAL', MaxResults: pageMax }
  let next: string | undefined
  let atEnd = false
  let count = 0
  let unreadable = 0
  while (!atEnd) {
    const page = await searchPage(
      connection,
      { ...input, NextToken: next },
      environment,
      interrupted,
    )
    if (page.Records.length > 0) yield page.Records.map((record) => `${record}\n`).join('')
    const before = count
    count += page.Records.length
    unreadable += page.Unreadable ?? 0
    const mark = Math.floor(count / progressEvery) > Math.floor(before / progressEvery)
    if (mark && stderr.isTTY) stderr.write(`\r${count} events`)
    next = page.NextToken
    atEnd = page.AtEnd === true
  }
  if (stderr.isTTY) stderr.write(`\r${count} events\n`)
  if (unreadable > 0) {
    stderr.write(`${unreadable} damaged records were left out; contrail fsck names them\n`)
    environment.exitCode = 1
  }
}

/** Writes all of it, synced, under another name first: the file is whole or not there. */
async function writeFile(path: string, lines: AsyncIterable<string>): Promise<void> {
  const unfinished = `${path}.${process.pid}.part`
  try {
    const file: WriteStream = createWriteStream(unfinished, { flags: 'wx', flush: true })
    const source = Readable.from(lines)
    if (path.endsWith('.gz')) await pipeline(source, createGzip(), file)
    else await pipeline(source, file)
    await rename(unfinished, path)
    await syncFolder(dirname(resolve(path)))
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
