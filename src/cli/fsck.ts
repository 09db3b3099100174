import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { loadConfig, readConfigFile } from '../config.ts'
import { openDataFolder } from '../data-folder.ts'
import { StorageError } from '../errors.ts'
import { checkHistory } from '../history/check.ts'
import { checkJournal } from '../journal/fsck.ts'
import { segmentFile } from '../journal/segments.ts'
import { limits } from '../limits.ts'
import { checkObjects } from '../objects/check.ts'
import { checkState, readDocuments, readRows } from '../state/check.ts'
import type { Trail } from '../trails/contract.ts'
import { counted } from '../verify/text.ts'
import type { Environment } from './environment.ts'
import { write } from './output.ts'

/** One thing that is not as it was written. */
type Finding = Readonly<{ store: string; file: string; what: string }>

type Report = Readonly<{
  data: string
  /** A server owns the folder: its last journal line may be unfinished. */
  inUse: boolean
  totals: Readonly<{
    records: number
    segments: number
    documents: number
    objects: number
    'records waiting in the outbox': number
    'events in history': number
  }>
  findings: readonly Finding[]
  /** Where trails with log file validation deliver: `contrail verify` proves what lies there. */
  toVerify: readonly string[]
}>

/** `contrail fsck`: reads everything on disk again, from outside, and names what is damaged. */
export function register(program: Command, environment: Environment): void {
  program
    .command('fsck')
    .description('verify everything on disk from outside; exit 1 when something is damaged')
    .option('--data <folder>', 'the data folder')
    .option('--config <file>', 'configuration file')
    .option('--json', 'the whole report as one JSON object')
    .action(async (options: { data?: string; config?: string; json?: boolean }) => {
      const { data } = loadConfig({
        file: readConfigFile(options.config),
        env: environment.env,
        flags: { data: options.data },
      })
      const report = check(resolve(data), environment.clock.now())
      await write(environment.stdout, options.json ? `${JSON.stringify(report)}\n` : asText(report))
      if (report.findings.length > 0) environment.exitCode = 1
    })
}

function check(data: string, now: number): Report {
  const isFolder = statSync(data, { throwIfNoEntry: false })?.isDirectory()
  if (isFolder) accessSync(data, constants.R_OK | constants.X_OK)
  if (!existsSync(join(data, 'format'))) {
    throw new Error(`${data} is not a data folder; name it with --data or CONTRAIL_DATA`)
  }
  const inUse = isInUse(data)
  const journalFolder = join(data, 'journal')
  const { historyDays } = limits
  // Before the journal, which grows meanwhile: history is never ahead of it.
  const history = checkHistory(join(data, 'history'), journalFolder, { now, historyDays })
  const journal = checkJournal(journalFolder)
  const stateFolder = join(data, 'state')
  const state = checkState(stateFolder)
  const isSound = state.damage.length === 0
  const objects = checkObjects(join(data, 'objects'), () => ({
    objects: isSound ? readRows(stateFolder, 'object') : [],
    parts: isSound ? readRows(stateFolder, 'part') : [],
  }))
  // A server that is at work may have a line half written: that is no damage.
  const journalDamage = journal.damage.filter(({ reason }) => !(inUse && reason === 'torn'))
  return {
    data,
    inUse,
    totals: {
      records: journal.records,
      segments: journal.segments,
      documents: state.documents,
      objects: objects.objects,
      'records waiting in the outbox': state.outbox,
      'events in history': history.events,
    },
    findings: [
      ...missingEnd(journal.next, history.cursor),
      ...journalDamage.map(({ file, start, end, seq, reason }) => ({
        store: 'journal',
        file,
        what: `${reason}, bytes ${start} to ${end}${seq === undefined ? '' : `, record ${seq}`}`,
      })),
      ...state.damage.map(({ file, where, reason }) => ({
        store: 'state',
        file,
        what: where ? `${where}: ${reason}` : reason,
      })),
      ...objects.damage.map(({ file, of, reason }) => ({
        store: 'objects',
        file,
        what: `${of}: ${reason}`,
      })),
      ...history.problems.map(({ file, seq, reason }) => ({
        store: 'history',
        file,
        what: seq === undefined ? reason : `${reason}, record ${seq}`,
      })),
    ],
    toVerify: isSound ? placesOf(readDocuments<Trail>(stateFolder, 'trail')) : [],
  }
}

/** Whoever removes the newest segments leaves a journal that is sound in itself; history has read further. */
function missingEnd(next: number | undefined, cursor: number): Finding[] {
  if (next === undefined || cursor < next) return []
  const what = `missing end: records ${next} to ${cursor}, which history has read`
  return [{ store: 'journal', file: segmentFile(next), what }]
}

/** `s3://bucket/prefix` of each trail that has digests. */
function placesOf(trails: Iterable<Trail>): string[] {
  const signed = [...trails].filter(({ logFileValidation }) => logFileValidation)
  const places = signed.map(({ bucket, prefix }) => `s3://${bucket}${prefix && `/${prefix}`}`)
  return [...new Set(places)]
}

/** Whether a server owns the folder now. */
function isInUse(data: string): boolean {
  try {
    openDataFolder(data).close()
    return false
  } catch (error) {
    if (error instanceof StorageError && error.reason === 'in use') return true
    throw error
  }
}

function asText({ data, inUse, totals, findings, toVerify }: Report): string {
  const counts = [
    counted(totals.records, 'record'),
    counted(totals.segments, 'segment'),
    counted(totals.documents, 'document'),
    counted(totals.objects, 'object'),
    `${counted(totals['records waiting in the outbox'], 'record')} waiting in the outbox`,
    `${counted(totals['events in history'], 'event')} in history`,
  ].map((count) => `  ${count}\n`)
  const head = `${data}${inUse ? ' (a server is at work here)' : ''}\n${counts.join('')}`
  const commands = toVerify.map((place) => `  contrail verify ${place}\n`)
  const more =
    commands.length > 0
      ? `Delivered log files are not checked here but by their digests:\n${commands.join('')}`
      : ''
  if (findings.length === 0) return `${head}Everything is as it was written.\n${more}`
  const lines = findings.map(({ store, file, what }) => `  ${store}  ${file}  ${what}\n`)
  return `${head}DAMAGED, ${findings.length} found:\n${lines.join('')}${more}`
}
