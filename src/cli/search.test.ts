import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { addSearchOptions, type SearchOptions, searchInput, timeOf } from './search.ts'

const now = Date.UTC(2026, 10, 21, 12)

function parsed(...args: string[]): SearchOptions {
  const command = addSearchOptions(new Command(), { times: true }).exitOverride()
  command.configureOutput({ writeErr: () => {} })
  return command.parse(args, { from: 'user' }).opts()
}

test('every filter becomes its member', () => {
  const args = ['--name', 'n', '--source', 's', '--user', 'u', '--key', 'k', '--id', 'i']
  const more = ['--resource', 'r', '--resource-type', 't', '--error', 'e', '--ip', 'p']
  const rest = ['--account', 'a', '--region', 'g', '--category', 'c', '--read-only']
  expect(searchInput(parsed(...args, ...more, ...rest, '--since', '1h'), now)).toEqual({
    EventName: 'n',
    EventSource: 's',
    Username: 'u',
    AccessKeyId: 'k',
    EventId: 'i',
    ResourceName: 'r',
    ResourceType: 't',
    ErrorCode: 'e',
    SourceIPAddress: 'p',
    AccountId: 'a',
    Region: 'g',
    EventCategory: 'c',
    ReadOnly: 'true',
    StartTime: now / 1000 - 3600,
  })
  expect(searchInput(parsed('--read-only', 'false'), now)).toEqual({ ReadOnly: 'false' })
  expect(() => parsed('--read-only', 'maybe')).toThrow()
})

describe('a time', () => {
  test.each([
    ['90s', now / 1000 - 90],
    ['1.5h', now / 1000 - 5400],
    ['2d', now / 1000 - 172_800],
    ['2026-11-21', Date.UTC(2026, 10, 21) / 1000],
    ['2026-11-21T10:00', Date.UTC(2026, 10, 21, 10) / 1000],
    ['2026-11-21T10:00:00Z', Date.UTC(2026, 10, 21, 10) / 1000],
    ['2026-11-21T10:00:00.5+02:00', Date.UTC(2026, 10, 21, 8) / 1000 + 0.5],
  ])('%s', (text, seconds) => expect(timeOf(text, now)).toBe(seconds))

  test.each(['', 'yesterday', '1y', '2026', '2026-13-01', '10:00'])('not %s', (text) => {
    expect(() => timeOf(text, now)).toThrow('expected a time')
    expect(() => parsed('--since', text)).toThrow("option '--since <time>'")
    expect(() => parsed('--until', text)).toThrow("option '--until <time>'")
  })
})
