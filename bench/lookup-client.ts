// Signed LookupEvents calls to a running server, as an SDK makes them.
import { call } from '../src/cli/client.ts'
import type { Environment } from '../src/cli/environment.ts'
import { systemClock } from '../src/clock.ts'
import type { LookupEventsRequest, LookupEventsResponse } from '../src/gen/cloudtrail-types.ts'
import type { TestServer } from '../test/server.ts'

/** The account whose events `generateTrail` makes most of; a bench's server is of this account. */
export const account = '111122223333'

/** One call over HTTP; the times in and out are seconds, as on the wire. */
export function lookUp(
  { url, credentials }: TestServer,
  input: Omit<LookupEventsRequest, 'StartTime' | 'EndTime'> & { EndTime?: number },
): Promise<LookupEventsResponse> {
  return call(
    { url: new URL(url), region: 'us-east-1', ...credentials },
    {
      service: 'cloudtrail',
      target: 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents',
      input,
    },
    { clock: systemClock, fetch } as Environment,
    AbortSignal.timeout(30_000),
  )
}

/** The value below which the given share of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
}
