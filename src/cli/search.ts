import { type Command, InvalidArgumentError, Option } from 'commander'
import type { SearchEventsResponse } from '../aws/contrail/model.ts'
import { type Connection, call } from './client.ts'
import type { Environment } from './environment.ts'

/** Each filter's option, what it is for, and the member of SearchEvents it becomes. */
const filters: ReadonlyArray<readonly [option: string, help: string, member: string]> = [
  ['--name <name>', 'event name: RunInstances', 'EventName'],
  ['--source <source>', 'event source: ec2.amazonaws.com', 'EventSource'],
  ['--user <name>', 'user or session name', 'Username'],
  ['--key <id>', 'access key id', 'AccessKeyId'],
  ['--id <id>', 'event id', 'EventId'],
  ['--resource <name>', 'name or ARN of a resource', 'ResourceName'],
  ['--resource-type <type>', 'AWS::S3::Bucket', 'ResourceType'],
  ['--error <code>', 'error code: AccessDenied', 'ErrorCode'],
  ['--ip <address>', 'source address', 'SourceIPAddress'],
  ['--account <id>', 'account', 'AccountId'],
  ['--region <region>', 'Region of the event', 'Region'],
  ['--category <category>', 'Management, Data, NetworkActivity or Insight', 'EventCategory'],
]

/** What commander makes of the options. */
export type SearchOptions = Readonly<Record<string, string | undefined>> &
  Readonly<{ data?: string; config?: string }>

/** Adds the options that say which events, and which server. */
export function addSearchOptions(command: Command, { times }: { times: boolean }): Command {
  for (const [flags, help] of filters) command.option(flags, help)
  command.addOption(
    new Option('--read-only [bool]', 'only events that read, or with false, that change')
      .choices(['true', 'false'])
      .preset('true'),
  )
  if (times) {
    command.option('--since <time>', '90s, 15m, 1h, 2d ago, or 2026-11-21T10:00:00Z', timeText)
    command.option('--until <time>', 'the same', timeText)
  }
  return command
    .option('--data <folder>', 'data folder of the server')
    .option('--config <file>', 'configuration file of the server')
}

/** The members of a SearchEvents request that the options ask for. */
export function searchInput(options: SearchOptions, now: number): Record<string, unknown> {
  const input: Record<string, unknown> = {}
  for (const [flags, , member] of filters) {
    const name = flags.slice(2, flags.indexOf(' '))
    const key = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
    if (options[key] !== undefined) input[member] = options[key]
  }
  if (options['readOnly'] !== undefined) input['ReadOnly'] = options['readOnly']
  if (options['since'] !== undefined) input['StartTime'] = timeOf(options['since'], now)
  if (options['until'] !== undefined) input['EndTime'] = timeOf(options['until'], now)
  return input
}

const unitSeconds: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
}

/** A time as it was typed: refused while options are parsed, where commander names the option. */
function timeText(text: string): string {
  timeOf(text, 0)
  return text
}

/** Seconds since the epoch of `1h` (ago) or of an ISO time, which is UTC where it does not say. */
export function timeOf(text: string, now: number): number {
  const ago = /^(\d+(?:\.\d+)?)([smhdw])$/.exec(text)
  if (ago) return now / 1000 - Number(ago[1]) * unitSeconds[ago[2]!]!
  const iso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.exec(text)
  const seconds = iso ? Date.parse(iso[1] && !iso[4] ? `${text}Z` : text) / 1000 : Number.NaN
  if (Number.isFinite(seconds)) return seconds
  throw new InvalidArgumentError(
    `expected a time such as 15m, 1h, 2d or 2026-11-21T10:00:00Z, found ${text}`,
  )
}

/** One SearchEvents call. */
export function searchPage(
  connection: Connection,
  input: Record<string, unknown>,
  environment: Environment,
  interrupted: AbortSignal,
): Promise<SearchEventsResponse> {
  const operation = { service: 'contrail', target: 'Contrail_20261121.SearchEvents', input }
  return call(connection, operation, environment, interrupted)
}
